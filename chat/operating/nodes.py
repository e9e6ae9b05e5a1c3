"""Why a node of a cluster does not start or go on, in a sentence each, with what to do about it."""

from chat.words import mark

CLUSTER = {
    "a_copy": mark("{path} has a node's copy of a cluster: give --cluster, too, or choose another --data."),
    "no_copy": mark(
        "{path} is a history of one machine: carry it over with chat-server export and import, or choose"
        " another --data."
    ),
    "no_nats": mark(
        "No nats-server keeps the history for this node ({path}: {detail}): see to it that two of three run,"
        " with JetStream, and let it in."
    ),
    "no_nats_py": mark("--cluster needs nats-py: pip install 'nats-py>=2.16,<3'"),
    "sync_unknown": mark(
        "The nats-servers do not tell whether they write to the disk at once: import {path} into the "
        "account of the nodes, or add --accept-loss-on-power-failure."
    ),
    "lazy_sync": mark(
        "These nats-servers do not write to the disk at once, and a power cut can erase everything: "
        "{path}. Set sync_interval: always, or add --accept-loss-on-power-failure."
    ),
    "too_few": mark(
        "There would be {path} copy of what is said, and three are needed to lose nothing with a "
        "machine: start three nats-servers, or add --accept-loss-on-power-failure."
    ),
    "stream_gone": mark(
        "The stream {path} is gone, and this node has a copy of it: restore the stream, or choose "
        "another --data to begin with nothing."
    ),
    "stream_lost": mark(
        "The stream {path} has less than the copy of this node ({detail}): restore the stream; or delete"
        " the copy, if what is missing may be lost."
    ),
    "stream_replaced": mark(
        "The stream {path} is another one than this node has followed so far, and nothing of it is taken over"
        ": give the nats-servers back what they had, or choose another --data."
    ),
    "stream_settings": mark(
        "The stream {path} is not as it was made ({detail}), and something in it may be missing: make"
        " the cluster anew, of a backup (CLUSTER.md)."
    ),
    "registry_lost": mark(
        "Nothing is in the bucket {path}, and something in the history: restore it, or who may read what is "
        "not known."
    ),
    "other_registry": mark(
        "The bucket {path} has the names and rooms of another history: give the nats-servers back what they"
        " had, or make the cluster anew, of a backup (CLUSTER.md)."
    ),
    "stream_unfinished": mark("An import into the stream {path} has not come to its end: import once more."),
    "stream_in_use": mark(
        "The stream {path} has something already, and an import begins with nothing: CLUSTER.md says how a"
        " cluster is made anew."
    ),
    "other_stream": mark(
        "{path} is a copy of another stream: choose another --data, or delete it to make it anew."
    ),
    "newer_batch": mark(
        "Message {path} of the stream was written by a newer version of chat: update this node."
    ),
    "small_payload": mark(
        "The nats-servers take messages of {detail} bytes at most: set max_payload to {path} or more."
    ),
    "old_nats": mark("The nats-servers are of version {detail}: 2.12 or newer is needed."),
    "bucket_gone": mark("The bucket {path} of names and rooms is gone, or was made anew: restore it."),
    "bucket_strange": mark(
        "The bucket {path} of names and rooms is none that a node has made: restore it, or make the cluster"
        " anew, of a backup (CLUSTER.md)."
    ),
    "bucket_lost": mark("The bucket {path} of names and rooms cannot be followed any more ({detail})."),
    "damaged_bucket": mark("The bucket {path} of names and rooms is damaged ({detail}): restore it."),
}
