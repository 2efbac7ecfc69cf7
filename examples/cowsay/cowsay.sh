#!/bin/sh
# Lets the cow say a fortune.
/usr/games/fortune | /usr/games/cowsay
