#!/bin/sh
# Whose rights a function has, and the buckets that it may see.
set -e
aws sts get-caller-identity
aws s3 ls
