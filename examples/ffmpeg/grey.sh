#!/bin/sh
# Every video comes out grey, with its sound as it was.
set -e
name=$(basename "$INPUT_FILE_PATH")
echo "turning $name grey"
ffmpeg -nostdin -loglevel error -i "$INPUT_FILE_PATH" -vf hue=s=0 -c:a copy "$TMP_OUTPUT_DIR/$name"
