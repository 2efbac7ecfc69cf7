#!/bin/sh
# What YOLO sees in a photo: the photo with frames around the things, and their names as text.
set -e
name=$(basename "$INPUT_FILE_PATH")
name=${name%.*}
cd /opt/darknet
echo "looking at $name"
./darknet detect cfg/yolo.cfg yolo.weights "$INPUT_FILE_PATH" -out "$TMP_OUTPUT_DIR/$name" |
  tee "$TMP_OUTPUT_DIR/$name.txt"
