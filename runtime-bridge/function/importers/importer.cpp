#include "runtime-bridge/function/importers/importer.h"

#include "runtime-bridge/function/importers/azurefile.h"
#include "runtime-bridge/function/importers/knativefile.h"
#include "runtime-bridge/function/importers/openfaasfile.h"
#include "runtime-bridge/function/importers/openwhiskfile.h"
#include "runtime-bridge/function/importers/samfile.h"
#include "runtime-bridge/function/importers/serverlessdevsfile.h"
#include "runtime-bridge/function/importers/serverlessfile.h"

#include <array>

namespace runtime::importers {

std::span<const Importer *const> importers()
{
    static const ServerlessFile serverless;
    static const SamFile sam;
    static const OpenFaasFile openFaas;
    static const KnativeFile knative;
    static const OpenWhiskFile openWhisk;
    static const AzureFile azure;
    static const ServerlessDevsFile serverlessDevs;
    static const std::array<const Importer *, 7> all{&serverless, &sam,   &openFaas,      &knative,
                                                     &openWhisk,  &azure, &serverlessDevs};
    return all;
}

} // namespace runtime::importers
