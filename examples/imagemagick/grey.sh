#!/bin/sh
# Every image that ImageMagick can read comes out grey, under its own name.
set -e
name=$(basename "$INPUT_FILE_PATH")
echo "turning $name grey"
convert "$INPUT_FILE_PATH" -colorspace Gray "$TMP_OUTPUT_DIR/$name"
