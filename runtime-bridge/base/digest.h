#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace runtime {

/// "sha256:" and the 64 lower-case hexadecimal digits of the SHA-256 (FIPS 180-4) of \a bytes.
[[nodiscard]] std::string digestOf(std::string_view bytes);

/// The digest of bytes that come in pieces.
class Digester
{
public:
    Digester();
    ~Digester();
    Digester(const Digester &) = delete;
    Digester &operator=(const Digester &) = delete;

    void add(std::string_view bytes);
    /// What digestOf() gives for all that was added; once.
    [[nodiscard]] std::string digest();

private:
    struct Context;
    std::unique_ptr<Context> m_context;
};

/// Whether \a text has exactly the form that digestOf() returns.
[[nodiscard]] bool isDigest(std::string_view text);

/// The first \a digits hexadecimal digits, for people: "sha256:1f2e…" becomes "1f2e3d4".
[[nodiscard]] std::string shortDigest(std::string_view digest, std::size_t digits = 7);

/// Two lower-case hexadecimal digits for each byte.
[[nodiscard]] std::string toHex(std::string_view bytes);

/// The 16 bytes of MD5, which object stores and queues tell; protects nothing.
[[nodiscard]] std::string md5Of(std::string_view bytes);

/// The 32 bytes of HMAC-SHA256.
[[nodiscard]] std::string hmacOf(std::string_view key, std::string_view bytes);

/// In a time that tells nothing of where they differ.
[[nodiscard]] bool isSameSecret(std::string_view one, std::string_view other);

} // namespace runtime
