// An application file as a stranger may write it.
#include "runtime-bridge/function/applicationfile.h"

#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    const runtime::ParsedApplication parsed = runtime::parseApplication(text, "/nonexistent");
    for (const runtime::Problem &problem : parsed.problems)
        if (problem.message.empty() || problem.line < 0 || problem.column < 0)
            std::abort(); // each problem has a sentence and a place
    return 0;
}
