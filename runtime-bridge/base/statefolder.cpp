#include "runtime-bridge/base/statefolder.h"

#include <unistd.h>

#include <cstdlib>
#include <string>

namespace runtime {

namespace fs = std::filesystem;

namespace {

fs::path fromEnvironment(const char *name)
{
    const char *value = std::getenv(name);
    return value && *value == '/' ? fs::path(value) : fs::path();
}

fs::path homeFolder()
{
    if (const fs::path home = fromEnvironment("HOME"); !home.empty())
        return home;
    // Not getpwuid(): in a static program it loads the name services of whatever machine it lands
    // on.
    return "/tmp/home-" + std::to_string(::getuid());
}

} // namespace

fs::path stateFolder()
{
    if (const fs::path own = fromEnvironment("EDGEWRIGHT_STATE"); !own.empty())
        return own;
    if (const fs::path xdg = fromEnvironment("XDG_STATE_HOME"); !xdg.empty())
        return xdg / "edgewright";
    return homeFolder() / ".local/state/edgewright";
}

fs::path localRuntimeFolder()
{
    return stateFolder() / "runtime";
}

fs::path runtimeSocket(const fs::path &runtimeFolder)
{
    return runtimeFolder / "runtime.sock";
}

} // namespace runtime
