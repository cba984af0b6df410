#include "runtime-bridge/base/digest.h"

// The plain functions: the EVP ones bring OpenSSL's whole provider machinery, 4 MB, into a static
// program that goes to devices with 512 MB of memory.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <algorithm>
#include <array>

namespace runtime {

namespace {
constexpr std::string_view prefix = "sha256:";
}

std::string toHex(std::string_view bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const char byte : bytes) {
        text += digits[static_cast<unsigned char>(byte) >> 4];
        text += digits[static_cast<unsigned char>(byte) & 0xf];
    }
    return text;
}

std::string digestOf(std::string_view bytes)
{
    std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, bytes.data(), bytes.size());
    SHA256_Final(hash.data(), &context);
    return std::string(prefix) + toHex({reinterpret_cast<const char *>(hash.data()), hash.size()});
}

bool isDigest(std::string_view text)
{
    if (!text.starts_with(prefix) || text.size() != prefix.size() + 64)
        return false;
    text.remove_prefix(prefix.size());
    return std::ranges::all_of(
        text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string shortDigest(std::string_view digest, std::size_t digits)
{
    if (digest.starts_with(prefix))
        digest.remove_prefix(prefix.size());
    return std::string(digest.substr(0, digits));
}

} // namespace runtime
