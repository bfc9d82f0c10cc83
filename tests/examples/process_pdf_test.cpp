// A command as worker, over a real daemon and a real PDF file.
#include "support/programs.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <string>

namespace swarmq::test {
namespace {

namespace fs = std::filesystem;

TEST_CASE("a command extracts the text of PDF files", "[examples][R27]") {
    const fs::path script = fs::path(SWARMQ_EXAMPLES) / "process_pdf/process-pdf";
    Broker broker;
    const std::string pdf = broker.folder() / "page.pdf";
    const Output made = run(broker.daemon.port(),
                            "bash -c 'printf \".TH PAGE 1\\n.SH NAME\\nEvery word of this"
                            " page arrives\\n\" | groff -Tpdf -man > " +
                                pdf + "'");
    REQUIRE(made.exit_code == 0);
    const Output output = run(broker.daemon.port(), "'" + script.string() + "' '" + pdf + "'");
    INFO(output.text);
    CHECK(output.exit_code == 0);
    CHECK(output.text.find("page.pdf: ") != std::string::npos);
    CHECK(output.text.find("PAGE(1)") != std::string::npos);
}

}  // namespace
}  // namespace swarmq::test
