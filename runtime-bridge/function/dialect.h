#pragma once

#include "runtime-bridge/function/functionspec.h"

#include <span>
#include <string>
#include <string_view>

namespace runtime {

/// The events that platforms make of HTTP requests.
enum class HttpShape {
    Canonical, ///< None of its own: the shim makes a request object of ours.
    ApiGatewayV2,
    ApiGatewayV1,
    Tencent,
    Alibaba, ///< For event functions; its HTTP functions get a request object.
    OpenWhisk,
};

/// The shape of handler that a platform expects. docs/dialects.md says what each gives and takes.
struct Dialect {
    std::string_view name;     ///< "aws", as in the application file.
    std::string_view platform; ///< "AWS Lambda"
    /// What its handlers are called where nobody says otherwise, by language, best first; "default"
    /// is a module that is the function.
    std::string_view pythonNames;
    std::string_view nodeNames;
    FunctionForm form; ///< Where the source does not tell.
    /// A string that it returns is the text of an answer, not a JSON value.
    bool answersText;
    /// What an HTTP request is for it.
    HttpShape shape;

    /// Whether an HTTP request reaches a function of this dialect and \a form as the canonical one.
    [[nodiscard]] bool takesRequests(FunctionForm form) const;
};

/// Whether a function of \a spec reads the body of an HTTP request as it comes: its shim gives it
/// the canonical request with "bodyStreams" in place of a body.
[[nodiscard]] bool takesStreams(const FunctionSpec &spec);

[[nodiscard]] std::span<const Dialect> dialects();
/// nullptr when there is none of that name.
[[nodiscard]] const Dialect *findDialect(std::string_view name);
[[nodiscard]] std::span<const std::string_view> dialectNames();

} // namespace runtime
