"""Folders of pictures: pixels by the stated rule, and every file that cannot be used is named."""

import io
import os
import struct
import subprocess
import sys
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gausscape.datasets import load
from gausscape.datasets.pictures import PictureError, decode
from gausscape.errors import ConfigurationError, DataError, MissingFileError


def encoded(picture, kind="PNG", **options):
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def noise(mode="L", size=(7, 5), seed=0):
    channels = {"L": (), "RGB": (3,), "RGBA": (4,), "LA": (2,), "CMYK": (4,)}[mode]
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], *channels), dtype=np.uint8)
    return Image.fromarray(pixels, mode) if mode in ("LA", "CMYK") else Image.fromarray(pixels)


def folder_of(tmp_path, count, **options):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(count):
        (folder / f"{number:03}.png").write_bytes(encoded(noise(seed=number, **options)))
    return folder


def test_a_flat_folder(tmp_path):
    folder = folder_of(tmp_path, 3)
    (folder / "notes.txt").write_text("not a picture")
    (folder / ".hidden.png").write_text("not a picture")
    items = load(folder)
    assert items.values.shape == (3, 5, 7)
    assert items.values.dtype == np.uint8
    assert items.ids.tolist() == ["000.png", "001.png", "002.png"]
    assert items.labels is None
    assert items.modality == "images"
    assert np.array_equal(items.values[1], np.asarray(noise(seed=1)))


def test_subfolders_are_labels(tmp_path):
    for label in ("cat", "ant"):
        (tmp_path / "x" / label).mkdir(parents=True)
        for number in range(2):
            (tmp_path / "x" / label / f"{number}.PNG").write_bytes(encoded(noise()))
    items = load(tmp_path / "x")
    assert items.ids.tolist() == ["ant/0.PNG", "ant/1.PNG", "cat/0.PNG", "cat/1.PNG"]
    assert items.labels.tolist() == ["ant", "ant", "cat", "cat"]
    (tmp_path / "x" / "stray.png").write_bytes(encoded(noise()))
    with pytest.raises(DataError, match=r"stray\.png"):
        load(tmp_path / "x")


def test_a_folder_without_pictures_is_told(tmp_path):
    (tmp_path / "notes.txt").write_text("words")
    with pytest.raises(MissingFileError, match=r"holds notes\.txt"):
        load(tmp_path)


def test_one_picture_is_one_object(tmp_path):
    (tmp_path / "a.png").write_bytes(encoded(noise("RGB")))
    items = load(tmp_path / "a.png")
    assert items.values.shape == (1, 5, 7, 3)
    assert items.ids.tolist() == ["a.png"]


def test_I1_mixed_sizes_are_named_and_resize_mends(tmp_path):
    folder = folder_of(tmp_path, 3)
    (folder / "odd.png").write_bytes(encoded(noise(size=(9, 9))))
    with pytest.raises(DataError, match=r"3 are 5 x 7 .* odd\.png is 9 x 9.*resize=\(5, 7\)"):
        load(folder)
    assert load(folder, resize=(4, 6)).values.shape == (4, 4, 6)
    assert load(folder, resize=8).values.shape == (4, 8, 8)
    with pytest.raises(ConfigurationError, match="resize"):
        load(folder, resize=0)


def test_I2_each_mode_by_the_stated_rule():
    grey, colour = noise(), noise("RGB")
    assert np.array_equal(decode(encoded(grey)), np.asarray(grey))
    assert np.array_equal(decode(encoded(colour)), np.asarray(colour))
    assert set(np.unique(decode(encoded(grey.convert("1"))))) <= {0, 255}
    palette = colour.quantize(16)
    assert np.array_equal(decode(encoded(palette)), np.asarray(palette.convert("RGB")))
    assert decode(encoded(noise("CMYK"), "TIFF")).shape == (5, 7, 3)
    deep = np.array([[0, 257, 65535, 128 * 257]], dtype=np.uint16)
    for kind in ("PNG", "TIFF"):
        assert decode(encoded(Image.fromarray(deep), kind)).tolist() == [[0, 1, 255, 128]]
    assert decode(b"P5 2 1 65535\n" + struct.pack(">2H", 0, 65535)).tolist() == [[0, 255]]
    for dtype in (np.float32, np.int32):
        with pytest.raises(PictureError, match="32-bit"):
            decode(encoded(Image.fromarray(np.ones((3, 3), dtype)), "TIFF"))


def test_I2_transparency_is_laid_on_white():
    pixels = np.array([[[10, 20, 30, 0], [10, 20, 30, 255], [0, 0, 0, 128]]], dtype=np.uint8)
    assert decode(encoded(Image.fromarray(pixels))).tolist() == [[[255] * 3, [10, 20, 30], [127] * 3]]
    pair = np.array([[[10, 0], [10, 255]]], dtype=np.uint8)
    assert decode(encoded(Image.fromarray(pair, "LA"))).tolist() == [[255, 10]]
    keyed = encoded(Image.fromarray(np.array([[7, 9]], dtype=np.uint8)), transparency=7)
    assert decode(keyed).tolist() == [[255, 9]]


def test_I2_grey_among_colour_is_counted(tmp_path):
    folder = folder_of(tmp_path, 2)
    (folder / "colour.png").write_bytes(encoded(noise("RGB")))
    with pytest.warns(UserWarning, match="2 of 3 pictures are grey"):
        items = load(folder)
    assert items.values.shape == (3, 5, 7, 3)
    assert np.array_equal(items.values[0], np.repeat(np.asarray(noise(seed=0))[..., None], 3, axis=2))


def test_I3_rotation_and_first_frame():
    picture = noise("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6
    assert decode(encoded(picture, exif=exif)).shape == (7, 5, 3)
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    for kind, options in (("GIF", {}), ("WEBP", {"lossless": True})):
        animated = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100, **options)
        assert decode(animated)[0, 0].tolist() == [255, 0, 0]


def bomb(width, height):
    """A PNG whose header and pixels declare that many, and compress to almost nothing."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    body = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_AS")
def test_I4_bombs_are_refused_before_they_are_decoded(tmp_path):
    for side in (20_000, 11_000, 5_001):
        (tmp_path / f"{side}.png").write_bytes(bomb(side, side))
    code = (
        "import resource, sys; from gausscape.datasets import load; import PIL.Image, PIL.ImageOps\n"
        "from gausscape.errors import DataError\n"
        "PIL.Image.init()\n"
        "peak = lambda: int(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])  # kB\n"
        "before = peak()\n"
        "resource.setrlimit(resource.RLIMIT_AS, (1_000_000_000,) * 2)\n"
        "try:\n    load(sys.argv[1])\n"
        "except DataError as error:\n    print(error)\n"
        "assert peak() - before < 50_000\n"
    )
    environment = {"PYTHONPATH": str(Path(__file__).parents[2] / "src"), "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-W", "error", "-c", code, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert "3 of 3 pictures cannot be used" in done.stdout
    assert done.stdout.count("25 million") == 3


def test_I5_only_listed_formats_are_tried_and_text_chunks_are_bounded(tmp_path):
    for kind in ("EPS", "ICNS", "TGA", "PCX"):
        with pytest.raises(PictureError, match="no picture of the formats"):
            decode(encoded(noise("RGB", size=(16, 16)), kind))
    plain = encoded(noise())
    text = b"zTXt" + b"key\0\0" + zlib.compress(bytes(200_000_000), 9)
    chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    with pytest.raises(PictureError):
        decode(plain[:33] + chunk + plain[33:])


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "PPM", "TIFF"])
def test_I6_every_cut_is_refused(kind):
    picture = noise("RGB", size=(16, 16))
    whole = encoded(picture, kind)
    decode(whole)
    for length in range(len(whole)):
        with pytest.raises(PictureError):
            decode(whole[:length])


def test_I6_a_progressive_jpeg_with_a_thumbnail_and_a_tail():
    whole = encoded(noise("RGB", size=(32, 32)), "JPEG", progressive=True)
    thumbnail = encoded(noise("RGB"), "JPEG")
    segment = b"\xff\xe3" + struct.pack(">H", len(thumbnail) + 2) + thumbnail
    nested = whole[:2] + segment + whole[2:]
    decode(nested + bytes(10))
    for cut in (2, 3, 50):
        with pytest.raises(PictureError):
            decode(nested[:-cut])


def test_flipped_bits_in_png_are_always_found():
    whole = encoded(noise(size=(16, 16)))
    truth = decode(whole)
    random = np.random.default_rng(0)
    for _ in range(400):
        altered = bytearray(whole)
        altered[random.integers(len(whole))] ^= 1 << random.integers(8)
        try:
            pixels = decode(bytes(altered))
        except PictureError:
            continue
        assert np.array_equal(pixels, truth)


def spoil(folder):
    (folder / "empty.png").touch()
    (folder / "words.png").write_text("words, not pixels")
    (folder / "folder.png").mkdir()
    (folder / "dead.png").symlink_to(folder / "nowhere.png")


def test_I7_every_kind_of_bad_file_is_listed(tmp_path):
    folder = folder_of(tmp_path, 3)
    spoil(folder)
    with pytest.raises(DataError) as caught:
        load(folder)
    message = str(caught.value)
    assert "4 of 7 pictures cannot be used" in message
    for words in (
        "dead.png is a link whose target is gone",
        "empty.png should hold data, but has 0 bytes",
        "folder.png is a folder",
        "words.png is no picture",
    ):
        assert words.replace("empty.png should", "empty.png") in message or words in message


def test_I8_plain_pictures(tmp_path):
    for name, value in (("black", 0), ("white", 255)):
        (tmp_path / f"{name}.png").write_bytes(encoded(Image.new("L", (1, 1), value)))
    assert load(tmp_path).values.tolist() == [[[0]], [[255]]]


def test_I9_a_few_bad_files_are_skipped_only_when_asked(tmp_path):
    folder = tmp_path / "many"
    folder.mkdir()
    content = encoded(noise(size=(2, 2)))
    for number in range(199):
        (folder / f"{number}.png").write_bytes(content)
    (folder / "bad.png").write_text("words")
    with pytest.raises(DataError, match=r"1 of 200 pictures cannot be used: bad\.png .*skip_bad"):
        load(folder)
    with pytest.warns(UserWarning, match=r"1 of 200 pictures were left out: bad\.png"):
        items = load(folder, skip_bad=True)
    assert len(items) == 199
    for number in range(2):
        (folder / f"bad{number}.png").write_text("words")
    with pytest.raises(DataError, match="more than the 1%"):
        load(folder, skip_bad=True)


def test_no_warning_for_good_folders(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load(folder_of(tmp_path, 2))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes")
def test_a_pipe_named_like_a_picture_does_not_hang(tmp_path):
    folder = folder_of(tmp_path, 1)
    os.mkfifo(folder / "pipe.png")
    with pytest.raises(DataError, match=r"pipe\.png is no regular file"):
        load(folder)
