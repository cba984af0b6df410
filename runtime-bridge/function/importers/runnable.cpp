#include "runtime-bridge/function/importers/runnable.h"

#include "runtime-bridge/function/dialect.h"
#include "runtime-bridge/function/runtimekind.h"

namespace runtime::importers {

bool runsRuntime(std::string_view runtime)
{
    return findRuntimeKind(runtime) != nullptr;
}

bool speaksDialect(std::string_view dialect)
{
    return findDialect(dialect) != nullptr;
}

} // namespace runtime::importers
