#pragma once

#include <string>

namespace runtime {

/// The canonical request (docs/dialects.md) that \a event, JSON text, means for an HTTP function:
/// one that is a request already, in ours or any platform's shape, or a CloudEvent; anything else
/// is the JSON body of a POST.
[[nodiscard]] std::string requestOfEvent(const std::string &event);

} // namespace runtime
