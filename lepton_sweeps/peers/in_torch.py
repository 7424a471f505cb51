"""PyTorch: eager, Adam fused, convolutional networks channels-last."""

import torch
from torch import nn

from lepton_sweeps.peers import turns


def network(weights, padding):
    """The networks of `models.py` from Keras' weights, which are (height, width, in, out) and (in, out)."""
    parts, channels, flat = [], None, False
    for i, (kernel, bias) in enumerate(zip(weights[::2], weights[1::2], strict=True)):
        if kernel.ndim == 4:
            height, _, inputs, channels = kernel.shape
            layer, weight = nn.Conv2d(inputs, channels, height, padding=padding), kernel.transpose(3, 2, 0, 1)
            parts += [layer, nn.ReLU(), *([nn.MaxPool2d(2)] if i < 2 else [])]
        else:
            if channels and not flat:  # PyTorch flattens channels first, Keras last
                kernel = kernel.reshape(-1, channels, kernel.shape[1]).swapaxes(0, 1).reshape(kernel.shape)
            layer, weight = nn.Linear(*kernel.shape), kernel.T
            parts += [*([] if flat else [nn.Flatten()]), layer, nn.ReLU()]
            flat = True
        layer.weight.data, layer.bias.data = torch.tensor(weight.copy()), torch.tensor(bias)
    return nn.Sequential(*parts[:-1])


def main():
    """Serve turns of the network whose padding is the only word."""
    job = turns.Job()
    torch.set_num_threads(job.threads)
    model = network(job.weights, job.words[0])
    images, labels = torch.tensor(job.images), torch.tensor(job.labels).long()
    if job.weights[0].ndim == 4:
        images = images[:, None].contiguous(memory_format=torch.channels_last)
        model = model.to(memory_format=torch.channels_last)
    adam = torch.optim.Adam(model.parameters(), lr=1e-3, eps=1e-7, fused=True)

    def train(grid):
        total = torch.zeros(())
        for rows in torch.from_numpy(grid).long():
            loss = nn.functional.cross_entropy(model(images[rows]), labels[rows])
            adam.zero_grad()
            loss.backward()
            adam.step()
            total += loss.detach()
        return total / len(grid)

    job.serve(train)


if __name__ == "__main__":
    main()
