"""Makes presigned URLs with boto3 as it does unless told otherwise (version 2 in us-east-1) and with version 4, and uses them without boto3.

Usage: s3_presigned.py BUCKET   Ends with status 1 at the first thing that is not as on AWS; prints the versions that were used.
"""

import http.client
import sys
import time
from urllib.parse import urlsplit

import boto3
from botocore.config import Config


def fetch(url, method="GET", body=None, headers=None):
    """Status, headers and body; the URL is sent exactly as it is."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    connection.request(method, f"{parts.path}?{parts.query}", body=body, headers=headers or {})
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()


def check(s3, bucket, key):
    """Answers the version of the signature."""
    def url(operation, expires=60, **more):
        return s3.generate_presigned_url(operation, Params={"Bucket": bucket, "Key": key, **more}, ExpiresIn=expires)

    status, _, text = fetch(url("put_object"), "PUT", b"presigned")
    assert status == 200, text
    typed = url("put_object", ContentType="text/x-typed")
    status, _, text = fetch(typed, "PUT", b"typed", {"Content-Type": "text/x-other"})
    assert status == 403 and b"SignatureDoesNotMatch" in text, text
    status, _, text = fetch(typed, "PUT", b"typed", {"Content-Type": "text/x-typed"})
    assert status == 200, text

    status, headers, text = fetch(url("get_object"))
    assert (status, text) == (200, b"typed") and headers["Content-Type"] == "text/x-typed", (status, headers, text)
    override = url("get_object", ResponseContentDisposition='attachment; filename="a b.txt"', ResponseContentType="text/x-asked")
    status, headers, text = fetch(override)
    assert status == 200, text
    assert headers["Content-Disposition"] == 'attachment; filename="a b.txt"', headers
    assert headers["Content-Type"] == "text/x-asked", headers
    assert fetch(url("head_object"), "HEAD")[0] == 200

    for spoilt in (url("get_object").replace("shared", "sharee"), url("get_object").replace("Signature=", "Signature=A")):
        status, _, text = fetch(spoilt)
        assert status == 403 and b"SignatureDoesNotMatch" in text, (status, text)
    short = url("get_object", expires=1)
    time.sleep(2.1)
    status, _, text = fetch(short)
    assert status == 403 and b"Request has expired" in text, (status, text)
    status, _, _ = fetch(url("delete_object"), "DELETE")
    assert status == 204
    return 2 if "AWSAccessKeyId=" in short else 4


def main():
    (bucket,) = sys.argv[1:]
    as_it_comes = boto3.client("s3")
    as_it_comes.create_bucket(Bucket=bucket)
    version4 = boto3.client("s3", config=Config(signature_version="s3v4"))
    key = "shared/ñ +%41&=?.txt"
    print(check(as_it_comes, bucket, key), check(version4, bucket, key))


main()
