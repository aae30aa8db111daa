"""A server that answers as S3 does, with an empty BUCKET in REGION, until standard input ends. Prints its address."""

import os
import sys

import boto3
from moto.server import ThreadedMotoServer

bucket, region, key = sys.argv[1:4]
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
host, port = server.get_host_and_port()
address = f"http://{host}:{port}"
client = boto3.client(
    "s3", endpoint_url=address, region_name=region, aws_access_key_id=key, aws_secret_access_key=key
)
client.create_bucket(Bucket=bucket)
print(address, flush=True)
# A line for each request would fill a pipe that nobody reads from here on.
os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
# Its end is that of whoever started this.
sys.stdin.read()
