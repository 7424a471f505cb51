"""The same LiteRT session behind litserve, which takes the same JSON at the same address."""

import argparse
from pathlib import Path

import litserve
import numpy as np

from lepton_helpers.deploy import runtime


class Images(litserve.LitAPI):
    """One image a request; litserve gathers them."""

    def setup(self, _):
        """In the worker: the session of the model whose file `PATH` names."""
        self.session = runtime.session(runtime.LiteModel(Path(self.file).read_bytes()))

    def decode_request(self, request):
        """The image of a request, float32."""
        return np.array(request["inputs"][0]["data"], np.float32).reshape(28, 28)

    def batch(self, images):
        """Images of several requests as one array."""
        return np.stack(images)

    def predict(self, images):
        """Probabilities of one image or of several."""
        return self.session(images if images.ndim == 3 else images[None])

    def unbatch(self, made):
        """One row a request."""
        return list(made)

    def encode_response(self, made):
        """The answer in the protocol's form."""
        made = np.ravel(made)
        return {"outputs": [{"name": "probabilities", "datatype": "FP32", "shape": [1, len(made)],
                             "data": made.tolist()}]}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for option in ("file", "--name", "--port", "--batch"):
        parser.add_argument(option)
    asked = parser.parse_args()
    api = Images(max_batch_size=int(asked.batch), batch_timeout=0.002,
                 api_path=f"/v2/models/{asked.name}/infer")
    api.file = asked.file
    litserve.LitServer(api, accelerator="cpu").run(host="127.0.0.1", port=int(asked.port), log_level="error",
                                                   generate_client_file=False)
