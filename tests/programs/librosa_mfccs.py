"""Write sweeps/mfccs_librosa.npz, librosa's MFCCs of seeded waveforms: run this file with librosa."""

from pathlib import Path

import numpy as np

KEPT = Path(__file__).parents[1] / "sweeps" / "mfccs_librosa.npz"


def waveforms(seed=0):
    """`{name: waveform}`, float32 in [-1, 1] at 8 kHz: noise, tones, a click, whispers, silence."""
    rng = np.random.default_rng(seed)
    n, time = int(rng.integers(1_000, 9_000)), np.arange(6_000) / 8_000
    found = {"noise": rng.normal(0, 0.2, n), "whisper": rng.normal(0, 1e-4, n), "silence": np.zeros(n),
             "chirp": 0.7 * np.sin(2 * np.pi * (rng.uniform(60, 300) + 1_500 * time) * time),
             "tone": 0.5 * np.sin(2 * np.pi * rng.uniform(80, 3_900) * time),
             "click": np.eye(1, n, n // 2)[0]}
    found["word"] = found["noise"] * np.hanning(n) ** 4
    return {name: np.clip(wave, -1, 1).astype(np.float32) for name, wave in found.items()}


def reference(librosa, wave):
    """The recipe of data/speech/README.md by librosa, one row a frame."""
    power = librosa.feature.melspectrogram(y=wave, sr=8_000, n_fft=400, hop_length=200, window="hann",
                                           center=True, pad_mode="reflect", power=2.0, n_mels=128, htk=True,
                                           norm=None)
    bands = librosa.power_to_db(power, ref=1.0, amin=1e-10, top_db=80)
    return librosa.feature.mfcc(S=bands, n_mfcc=13, dct_type=2, norm="ortho").T


if __name__ == "__main__":
    import librosa

    np.savez_compressed(KEPT, version=librosa.__version__, **{
        name: reference(librosa, wave).astype(np.float32) for name, wave in waveforms().items()})
