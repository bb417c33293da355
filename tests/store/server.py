"""A store in the manner of AWS that takes no request without a good signature: moto, with its checks of signatures and of
IAM's policies turned on.

moto checks signatures in a header alone. Those in a URL are checked here, with AWS's own library, and so is what both
leave out: that a body is the one whose hash was signed.

Says on one line of standard output where it listens and what the keys are. Ends with its standard input, so that it
never outlives the test that started it.
"""

import hmac
import io
import json
import os
import sys
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from threading import Thread
from urllib.parse import parse_qsl
from urllib.request import Request, urlopen

# The bucket is in the path, whatever the host's name looks like.
os.environ["S3_IGNORE_SUBDOMAIN_BUCKETNAME"] = "true"

import boto3
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam.access_control import CreateAccessKeyFailure, create_access_key
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

BUCKET, REGION = "store", "eu-west-1"
RIGHTS = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["s3:*", "iam:GetUser"], "Resource": "*"}],
}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}],
}


class Refused(Exception):
    """With the code of the answer, in S3's terms."""


class Gate:
    """Stands before moto, and lets through what it can judge itself."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        try:
            if "X-Amz-Signature=" in environ["QUERY_STRING"]:
                by_header(environ, body, check_url(environ))
            check_body(environ, body)
        except Refused as refused:
            start("403 Forbidden", [("content-type", "application/xml")])
            return [f"<Error><Code>{refused}</Code></Error>".encode()]
        return self.app(environ, start)


def check_body(environ, body):
    signed = environ.get("HTTP_X_AMZ_CONTENT_SHA256", "UNSIGNED-PAYLOAD")
    if signed not in ("UNSIGNED-PAYLOAD", sha256(body).hexdigest()):
        raise Refused("XAmzContentSHA256Mismatch")


def check_url(environ):
    """Gives the credentials that a URL was signed with."""
    query = environ["QUERY_STRING"]
    said = dict(parse_qsl(query))
    name, _, region, service, _ = said["X-Amz-Credential"].split("/")
    token = {"X-Amz-Security-Token": said[key] for key in said if key == "X-Amz-Security-Token"}
    try:
        key = create_access_key(DEFAULT_ACCOUNT_ID, "aws", name, token).create_credentials()
    except CreateAccessKeyFailure:
        raise Refused("InvalidAccessKeyId") from None
    signer = S3SigV4QueryAuth(key, service, region)
    request = sent(environ, lambda name: name != "X-Amz-Signature")
    for header in said["X-Amz-SignedHeaders"].split(";"):
        request.headers[header] = environ["HTTP_" + header.upper().replace("-", "_")]
    request.context["timestamp"] = said["X-Amz-Date"]
    expected = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    if not hmac.compare_digest(expected, said["X-Amz-Signature"]):
        raise Refused("SignatureDoesNotMatch")
    begin = datetime.strptime(said["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    if begin + timedelta(seconds=int(said["X-Amz-Expires"])) < datetime.now(timezone.utc):
        raise Refused("AccessDenied")
    return key


def by_header(environ, body, key):
    """Signs a request anew, in the way that moto reads: it still decides whether the key may do this."""
    request = sent(environ, lambda name: not name.startswith("X-Amz-"))
    request.data = body
    S3SigV4Auth(key, "s3", REGION).add_auth(request)
    for name in ("Authorization", "X-Amz-Date", "X-Amz-Content-SHA256", "X-Amz-Security-Token"):
        if name in request.headers:
            environ["HTTP_" + name.upper().replace("-", "_")] = request.headers[name]
    path, _, environ["QUERY_STRING"] = request.url.removeprefix("http://" + environ["HTTP_HOST"]).partition("?")
    environ["RAW_URI"] = environ["REQUEST_URI"] = f"{path}?{environ['QUERY_STRING']}".rstrip("?")


def sent(environ, is_kept):
    """The request as it came over the wire, with these parameters of its query."""
    path = environ["RAW_URI"].partition("?")[0]
    pairs = [pair for pair in environ["QUERY_STRING"].split("&") if is_kept(pair.partition("=")[0])]
    url = f"http://{environ['HTTP_HOST']}{path}?{'&'.join(pairs)}".rstrip("?")
    return AWSRequest(method=environ["REQUEST_METHOD"], url=url)


def set_up(address):
    """Makes a bucket, a user with a key, and a role with a temporary one, while moto checks nothing yet."""
    access = {"aws_access_key_id": "none", "aws_secret_access_key": "none", "region_name": REGION}
    s3, iam, sts = (boto3.client(service, endpoint_url=address, **access) for service in ("s3", "iam", "sts"))
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    iam.create_user(UserName="tester")
    iam.put_user_policy(UserName="tester", PolicyName="rights", PolicyDocument=json.dumps(RIGHTS))
    lasting = iam.create_access_key(UserName="tester")["AccessKey"]
    role = iam.create_role(RoleName="tester", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
    iam.put_role_policy(RoleName="tester", PolicyName="rights", PolicyDocument=json.dumps(RIGHTS))
    temporary = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="tests")["Credentials"]
    urlopen(Request(f"{address}/moto-api/reset-auth", data=b"0", headers={"content-type": "text/plain"})).close()
    return {"lasting": of(lasting), "temporary": of(temporary)}


def of(key):
    return {"id": key["AccessKeyId"], "secret": key["SecretAccessKey"], "token": key.get("SessionToken")}


def main():
    app = Gate(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=MotoRequestHandler)
    Thread(target=server.serve_forever, daemon=True).start()
    keys = set_up(f"http://127.0.0.1:{server.port}")
    print(json.dumps({"port": server.port, "keys": keys}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
