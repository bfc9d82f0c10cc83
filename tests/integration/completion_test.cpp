// Completion in the shells themselves: what they propose when someone presses the tabulator.
#include "support/programs.h"
#include "support/requests.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <string>

using namespace swarmq;
using namespace swarmq::test;

namespace {

struct Shells {
    Shells() {
        RawClient client(broker.daemon.port());
        client.greet();
        for (const char* queue : {"embeddings", "emails", "tenant:7", "tenant:8"})
            add_one(client, queue, "{}");
        v1::Envelope request;
        v1::UpsertScheduler& scheduler = *request.mutable_upsert_scheduler();
        scheduler.set_queue("emails");
        scheduler.set_key("daily-digest");
        scheduler.mutable_repeat()->set_every_ms(86'400'000);
        scheduler.mutable_job()->set_name("digest");
        client.call(request);
    }

    // Runs a script of this shell; the broker is known from the environment.
    std::string run_script(const std::string& shell, const std::string& script) const {
        const std::string file = broker.directory.file("script." + shell);
        std::ofstream(file) << script;
        const std::string options = shell == "bash"  ? " --norc"
                                    : shell == "zsh" ? " -f"
                                                     : " --no-config";
        const Output ran = run(broker.daemon.port(), shell + options + " " + file);
        return ran.exit_code == 0 ? ran.text : ran.text + " (deploy/dependencies test)";
    }

    std::string bash(const std::string& line) const {
        return run_script("bash",
                          "source <(swarm completion bash)\n"
                          "COMP_LINE='" +
                              line +
                              "'\n"
                              "COMP_POINT=${#COMP_LINE}\n"
                              "complete -p swarm > /dev/null\n"
                              "_swarm\n"
                              "printf '%s\\n' \"${COMPREPLY[@]}\"\n");
    }

    std::string fish(const std::string& line) const {
        return run_script("fish", "swarm completion fish | source\ncomplete -C'" + line + "'\n");
    }

    // A zsh of its own behind a terminal, in which the line and a tabulator are typed.
    std::string zsh(const std::string& line) const {
        const std::string setup = broker.directory.file("setup.zsh");
        std::ofstream(setup) << "autoload -Uz compinit && compinit -u -d " +
                                    broker.directory.file("dump") +
                                    "\nsource <(swarm completion zsh)\nLISTMAX=0\nPS1='ready>'\n"
                                    "unsetopt beep\n";
        return run_script("zsh",
                          "zmodload zsh/zpty\n"
                          "export TERM=dumb COLUMNS=200\n"
                          "zpty shell zsh -f -i\n"
                          "zpty -w shell 'source " +
                              setup +
                              "'\n"
                              "zpty -w shell 'print -r -- set\"\"-up'\n"
                              "zpty -r -m shell before '*set-up*ready>*'\n"
                              "zpty -n -w shell $'" +
                              line +
                              "\\t\\t'\n"
                              "zpty -n -w shell $' \\C-a: \\C-e end-of-line\\n'\n"
                              "zpty -r -m shell output '*end-of-line*'\n"
                              "print -r -- \"$output\"\n"
                              "zpty -d shell\n");
    }

    Broker broker;
};

bool mentions(const std::string& text, const std::string& word) {
    return text.find(word) != std::string::npos;
}

}  // namespace

TEST_CASE("bash completes verbs, options, queues and schedulers, names with a colon among them",
          "[integration][R28]") {
    const Shells shells;
    CHECK(shells.bash("swarm doc") == "doctor\n");
    CHECK(shells.bash("swarm queue obl") == "obliterate\n");
    CHECK(shells.bash("swarm queue list emb") == "embeddings\n");
    CHECK(shells.bash("swarm queue list em") == "emails\nembeddings\n");
    CHECK(shells.bash("swarm queue drain emails --dr") == "--dry-run\n");
    CHECK(shells.bash("swarm scheduler show emails da") == "daily-digest\n");
    // What stands before the colon is typed already.
    CHECK(shells.bash("swarm queue list tenant:") == "7\n8\n");
    CHECK(shells.bash("swarm queue list em --state act") == "active\n");
}

TEST_CASE("fish completes verbs, options and queues, with what they are", "[integration][R28]") {
    const Shells shells;
    CHECK(mentions(shells.fish("swarm doc"), "doctor\tSay what is wrong"));
    CHECK(mentions(shells.fish("swarm queue list emb"), "embeddings\t1 waiting"));
    const std::string both = shells.fish("swarm queue list tenant:");
    CHECK(mentions(both, "tenant:7"));
    CHECK(mentions(both, "tenant:8"));
    CHECK(mentions(shells.fish("swarm queue obliterate emails --fo"), "--force"));
    CHECK(mentions(shells.fish("swarm completion "), "zsh"));
}

TEST_CASE("zsh completes verbs, options and queues", "[integration][R28]") {
    const Shells shells;
    CHECK(mentions(shells.zsh("swarm doc"), "swarm doctor"));
    CHECK(mentions(shells.zsh("swarm queue list emb"), "embeddings"));
    CHECK(mentions(shells.zsh("swarm queue list tenant:"), "tenant:8"));
    CHECK(mentions(shells.zsh("swarm queue obliterate emails --fo"), "--force"));
}

TEST_CASE("a shell without a completion is named with those that have one", "[integration][R28]") {
    const auto refused = run(0, "swarm completion tcsh");
    CHECK(refused.exit_code == 64);
    CHECK(mentions(refused.text, "bash, zsh and fish"));
}
