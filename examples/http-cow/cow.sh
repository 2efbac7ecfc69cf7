#!/bin/sh
# The cow says what the query asks for, the text that was sent, or a fortune.
if [ -n "$CONT_VAR_say" ]; then
  /usr/games/cowsay "$CONT_VAR_say"
elif [ -n "$INPUT_FILE_PATH" ]; then
  /usr/games/cowsay <"$INPUT_FILE_PATH"
else
  /usr/games/fortune | /usr/games/cowsay
fi
