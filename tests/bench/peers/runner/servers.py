"""The servers: how each is started for a durability class, on a free loopback port and a folder of its own.

D1: what is acknowledged survives a power cut. D2: it survives `kill -9` of the server.
"""
import os
import pwd
import shutil
import signal
from pathlib import Path

from . import process
from .process import Failure


class Server:
    """One running server. start() returns when it serves; stop() ends what start() began."""

    program = ""
    missing_class = {}  # Durability class -> why this peer has none.
    same_as = {}  # Durability class -> the class whose figures hold for it too.

    def __init__(self, folder, durability, tree):
        self.folder = Path(folder)
        self.durability = durability
        self.tree = tree
        self.port = process.free_port()
        self.log = self.folder / "server.log"
        self.process = None

    def command(self):
        raise NotImplementedError

    def prepare(self):
        pass

    def start(self):
        if self.program and not shutil.which(self.program):
            raise Failure(f"{self.program} is not installed (deploy/dependencies peers)")
        self.prepare()
        self.process = process.start(self.command(), self.log, env=self.environment(), user=self.user())
        process.wait_listening(self.process, self.port, self.log)

    def environment(self):
        return {}

    def user(self):
        return None

    def cpu_seconds(self):
        return process.cpu_seconds(self.process.pid)

    def stop(self):
        if self.process:
            process.stop(self.process)


class Swarmq(Server):
    def command(self):
        durability = {"D1": "sync", "D2": "periodic"}[self.durability]
        return [self.tree.programs / "swarmqd", "--data-dir", self.folder / "data", "--listen",
                f"127.0.0.1:{self.port}", "--http-listen", "", "--durability", durability,
                "--log-level", "warning"]


class Beanstalkd(Server):
    program = "beanstalkd"

    def command(self):
        sync = {"D1": ["-f0"], "D2": ["-F"]}[self.durability]
        return ["beanstalkd", "-l", "127.0.0.1", "-p", self.port, "-b", self.folder, *sync]


class Redis(Server):
    """Below BullMQ. `everysec` writes to the log before it answers, and syncs it each second."""

    program = "redis-server"

    def command(self):
        appendfsync = {"D1": "always", "D2": "everysec"}[self.durability]
        return ["redis-server", "--port", self.port, "--bind", "127.0.0.1", "--dir", self.folder,
                "--appendonly", "yes", "--appendfsync", appendfsync, "--save", "",
                "--auto-aof-rewrite-percentage", "0", "--maxmemory-policy", "noeviction"]


class Postgres(Server):
    """Below graphile-worker. `synchronous_commit=off` would answer before the log leaves the
    server's memory, which is less than D2; `fsync=off` writes it to the operating system first."""

    def prepare(self):
        versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
        if not versions:
            raise Failure("postgresql is not installed (deploy/dependencies peers)")
        self.bin = versions[-1].parent
        self.data = self.folder / "data"
        self.data.mkdir()
        if self.user():
            shutil.chown(self.folder, self.user())
            shutil.chown(self.data, self.user())
        initdb = process.start([self.bin / "initdb", "-D", self.data, "-U", "bench", "-A", "trust", "-N"],
                               self.log, user=self.user())
        if initdb.wait(60) != 0:
            raise Failure("initdb failed")

    def command(self):
        settings = {
            "listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self.folder,
            "synchronous_commit": "on", "fsync": {"D1": "on", "D2": "off"}[self.durability],
            "shared_buffers": "512MB", "max_wal_size": "4GB", "wal_level": "minimal", "max_wal_senders": "0"}
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [self.bin / "postgres", "-D", self.data, *words]

    def start(self):
        super().start()
        asks = [self.bin / "pg_isready", "-h", "127.0.0.1", "-p", self.port]
        process.wait_until(lambda: process.succeeds(asks), 60, "postgres refuses connections")

    def user(self):
        """The server refuses to run as root."""
        names = {entry.pw_name for entry in pwd.getpwall()}
        return "postgres" if os.geteuid() == 0 and "postgres" in names else None

    def stop(self):
        if self.process:
            process.stop(self.process, signal.SIGINT)


class RabbitMQ(Server):
    """Its quorum queues sync before they confirm, whatever is set: there is no cheaper class."""

    scripts = Path("/usr/lib/rabbitmq/bin")
    same_as = {"D2": "D1"}
    mapper = None

    def prepare(self):
        if not self.scripts.exists():
            raise Failure("rabbitmq-server is not installed (deploy/dependencies peers)")
        self.names_port = process.free_port()
        (self.folder / "plugins").write_text("[].\n")
        (self.folder / "rabbitmq.conf").write_text("log.console.level = warning\nheartbeat = 0\n")
        self.mapper = process.start(["epmd", "-port", self.names_port, "-address", "127.0.0.1"],
                                    self.folder / "epmd.log")
        process.wait_listening(self.mapper, self.names_port, self.folder / "epmd.log")

    def environment(self):
        return {
            "HOME": str(self.folder), "ERL_EPMD_PORT": str(self.names_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1", "RABBITMQ_NODENAME": "bench@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1", "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(process.free_port()),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"), "RABBITMQ_LOG_BASE": str(self.folder),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "no-env"), "RUNNING_UNDER_SYSTEMD": "1"}

    def command(self):
        return [self.scripts / "rabbitmq-server"]

    def stop(self):
        super().stop()
        if self.mapper:
            process.stop(self.mapper)


class Nats(Server):
    """JetStream with file storage. Syncing on each acknowledgement came with 2.10 (`sync_interval: always`)."""

    program = "nats-server"
    missing_class = {"D1": "no such setting before 2.10"}

    def command(self):
        config = self.folder / "nats.conf"
        config.write_text(f'listen: "127.0.0.1:{self.port}"\njetstream {{ store_dir: "{self.folder}/data" }}\n')
        return ["nats-server", "-c", config]


SERVERS = {"swarmq": Swarmq, "beanstalkd": Beanstalkd, "bullmq": Redis, "graphile-worker": Postgres,
           "rabbitmq": RabbitMQ, "jetstream": Nats}
