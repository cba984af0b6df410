#pragma once

#include <QString>

#include <functional>
#include <optional>
#include <stop_token>

namespace device {

/// Something that only the user can answer while a session is being opened.
struct SshQuestion {
    enum class Kind { Passphrase, Password, Prompt };
    Kind kind = Kind::Password;
    QString subject; ///< The key file, or the device's name.
    QString text;    ///< What the server asks, for Kind::Prompt.
    bool isSecret = true;
};

/// Called on the session's I/O thread, which waits for it. Nothing: the user does not answer. Must
/// return soon after stop is requested.
using SshAsk = std::function<std::optional<QString>(const SshQuestion &, std::stop_token)>;

} // namespace device
