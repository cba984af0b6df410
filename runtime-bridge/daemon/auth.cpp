#include "runtime-bridge/daemon/auth.h"

#include "runtime-bridge/base/digest.h"
#include "runtime-bridge/base/file.h"
#include "runtime-bridge/base/id.h"
#include "runtime-bridge/daemon/httptext.h"

namespace runtime {

namespace fs = std::filesystem;

namespace {

std::string createAuth()
{
    const std::string id = createId();
    return id.substr(0, 8) + '-' + id.substr(8, 4) + '-' + id.substr(12, 4) + '-' +
           id.substr(16, 4) + '-' + id.substr(20) + ':' + createId() + createId();
}

bool isSame(std::string_view a, std::string_view b)
{
    // Digests have one length and say nothing of where the texts differ.
    const std::string left = digestOf(a);
    const std::string right = digestOf(b);
    unsigned difference = 0;
    for (std::size_t i = 0; i < left.size(); ++i)
        difference |= unsigned(left[i] ^ right[i]);
    return difference == 0;
}

} // namespace

Result<std::string> loadOrCreateAuth(const fs::path &file)
{
    std::error_code error;
    if (!fs::exists(file, error)) {
        const std::string auth = createAuth();
        if (const Result<> written = writeFile(file, auth + '\n', 0600); !written)
            return tl::unexpected(written.error());
        return auth;
    }
    const Result<std::string> text = readFile(file, 4'096);
    if (!text)
        return tl::unexpected(text.error());
    const std::string auth(trimmed(*text));
    const std::size_t colon = auth.find(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == auth.size() ||
        auth.find_first_of(" \t\r\n") != std::string::npos)
        return failure(ErrorCode::FileUnreadable, file.string(), "not one line \"uuid:key\"");
    return auth;
}

bool isAuthorized(std::string_view header, std::string_view auth)
{
    constexpr std::string_view scheme = "basic ";
    if (toLower(std::string(header.substr(0, scheme.size()))) != scheme)
        return false;
    const std::optional<std::string> given = fromBase64(trimmed(header.substr(scheme.size())));
    return given && isSame(*given, auth);
}

} // namespace runtime
