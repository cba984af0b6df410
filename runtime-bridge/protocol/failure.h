#pragma once

#include "runtime-bridge/protocol/messages.h"

namespace runtime {

/// A variable of the user's, its value as a text that is bounded and has no secrets.
struct CapturedVariable {
    std::string name;
    std::string value;
};

struct CapturedFrame {
    std::string file; ///< Below the function's folder where it is of the function.
    int line = 0;
    std::string function;
    std::string source; ///< The line itself; empty where there is none.
    std::vector<CapturedVariable> locals;
    int localsLeftOut = 0;
};

/// Everything that is kept of an invocation that failed.
struct Failure {
    Invocation invocation;             ///< With its event and its log.
    std::vector<CapturedFrame> frames; ///< Innermost last. None where the shim captures nothing.
    int framesLeftOut = 0;             ///< Outer ones.
    std::string note;                  ///< Why something is missing; a sentence, or empty.
};

/// \a invocation with what its \c capture says.
[[nodiscard]] Failure failureOf(Invocation invocation);

[[nodiscard]] nlohmann::json toJson(const Failure &failure);
template<> [[nodiscard]] Result<Failure> fromJson<Failure>(const nlohmann::json &json);

} // namespace runtime
