#pragma once

#include "runtime-bridge/base/error.h"
#include "runtime-bridge/function/functionspec.h"
#include "runtime-bridge/function/problem.h"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace runtime {

/// The application file's name.
inline constexpr std::string_view applicationFileName = "edgewright.yaml";

/// A function as its application declares it.
struct ApplicationFunction {
    FunctionSpec spec;
    std::filesystem::path source; ///< Absolute: a folder or one file.
};

/// A place that the application names.
struct ApplicationTarget {
    std::string name;
    std::string kind;                            ///< "device", "edgewright", "openwhisk", …
    std::map<std::string, std::string> settings; ///< For a device: "address".
};

/// A folder with an application file, read.
struct Application {
    std::string name;
    std::filesystem::path folder;
    std::vector<ApplicationFunction> functions;
    std::vector<ApplicationTarget> targets;

    [[nodiscard]] const ApplicationFunction *function(std::string_view name) const;
};

/// What was understood and everything that was not. With an error among the problems, the
/// application must not be used.
struct ParsedApplication {
    Application application;
    std::vector<Problem> problems;
    std::filesystem::path file; ///< Absolute; ours or another tool's.
    /// Further files that it was read from. A change of any of them changes the application.
    std::vector<std::filesystem::path> parts;
    [[nodiscard]] bool isUsable() const;
};

/// Reads the text of an application file that lies in \a folder. Never throws; unknown keys are
/// errors with a suggestion. The sources are looked at to find runtime, handler and dialect.
[[nodiscard]] ParsedApplication parseApplication(std::string_view text,
                                                 const std::filesystem::path &folder);

/// The application of \a folder, from our file or another tool's (see openApplication()).
/// ErrorCode::ApplicationMissing without a file, ErrorCode::ApplicationInvalid with
/// "line:column: message" lines in the detail.
[[nodiscard]] Result<Application> loadApplication(const std::filesystem::path &folder);

/// A single source file as an application of one function, named after the file.
/// \a wanted may hold runtime, handler and dialect; what is empty is found from the source.
[[nodiscard]] Result<Application> applicationOfSource(const std::filesystem::path &file,
                                                      const FunctionSpec &wanted = {});

} // namespace runtime
