"""OpenCV, set up once: every file that needs it says `from classifier.opencv import cv2`."""

from __future__ import annotations

import os

MAXIMUM_PIXELS = 40_000_000
"""What OpenCV itself refuses to exceed, whatever a header says. It reads this once, while it is loaded."""

# putenv rather than os.environ: this is a word to OpenCV's C++ side, no setting of ours is read or changed.
os.putenv("OPENCV_IO_MAX_IMAGE_PIXELS", str(MAXIMUM_PIXELS))
os.putenv("OPENCV_LOG_LEVEL", "SILENT")  # a damaged photo is an answer here, not a line in the log
# For clips. Its FFmpeg knows hundreds of containers, codecs and ways to fetch what a file refers to.
os.putenv(
    "OPENCV_FFMPEG_CAPTURE_OPTIONS",
    "format_whitelist;mov,matroska,gif|codec_whitelist;h264,hevc,mpeg4,vp8,vp9,gif|protocol_whitelist;none",
)
os.putenv("OPENCV_FFMPEG_LOGLEVEL", "-8")  # AV_LOG_QUIET

import cv2  # noqa: E402  it reads the variables above while it loads

cv2.setNumThreads(1)  # a worker a core: threads inside one only get in the others' way

__all__ = ["MAXIMUM_PIXELS", "cv2"]
