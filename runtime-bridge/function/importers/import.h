#pragma once

#include "runtime-bridge/function/applicationfile.h"
#include "runtime-bridge/function/importers/node.h"
#include "runtime-bridge/function/importers/schedule.h"

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace runtime::importers {

/// What an importer writes into: the application, and a finding for everything in the file that
/// does not come over into it.
class Import
{
public:
    Import(const std::filesystem::path &folder, const std::filesystem::path &file);

    [[nodiscard]] const std::filesystem::path &folder() const { return m_folder; }
    [[nodiscard]] Application &application() { return m_parsed.application; }

    /// Something that is not understood or not done; the rest holds.
    void note(const Node &at, std::string message);
    /// With this the file cannot be used.
    void refuse(const Node &at, std::string message);

    /// What reading a further file of the application gave.
    void report(Problem problem);
    /// The application is read from this file too.
    void addPart(const std::filesystem::path &file);

    /// A scalar's words; a finding and "" for a list or a map, "" for what is not there.
    std::string text(const Node &node);
    /// A whole number that is not negative; a finding and nothing when it is none.
    std::optional<std::int64_t> number(const Node &node);
    /// "true", "yes" and "on" in any case.
    static bool isTrue(const Node &node);

    void setName(const Node &node);
    /// A spec with the name that \a name gives, made fit for us. Nothing, and a finding, for one
    /// that is there already or cannot be made fit.
    std::optional<FunctionSpec> createSpec(const Node &name);

    /// Megabytes, as a number or "512Mi", "1Gi", "256MB".
    void setMemory(FunctionSpec &spec, const Node &node);
    void setTemporary(FunctionSpec &spec, const Node &node);
    void setTimeout(FunctionSpec &spec, const Node &node, std::chrono::milliseconds unit);
    /// Of a map of names to scalars; values that are not there are left out.
    void setEnvironment(FunctionSpec &spec, const Node &node);
    /// Their name for a language and its version ("python3.11", "Nodejs18.15", "provided.al2")
    /// in our words.
    void setRuntime(FunctionSpec &spec, const Node &node);

    /// "users/{id}" as "/users/{id}"; "any" and "*" stand for every method.
    void addHttp(FunctionSpec &spec, const Node &path, const std::vector<Node> &methods);
    /// A route for every path that no other takes.
    void addEveryPath(FunctionSpec &spec, const Node &at);
    /// A timer at the times that \a schedule has; a finding at \a at where it has none.
    void addTimer(FunctionSpec &spec, const Node &at, const Result<Schedule> &schedule);
    /// Files of a bucket. \a events are what the platform calls them, "s3:ObjectCreated:*"; none:
    /// all that it tells.
    void addObject(FunctionSpec &spec, const Node &at, ObjectTrigger object,
                   const std::vector<Node> &events);
    /// Messages of a queue; an ARN stands for its last part.
    void addQueue(FunctionSpec &spec, const Node &at, std::string name, const Node &batch);
    /// For a trigger of theirs that is not run here.
    void noteTrigger(const FunctionSpec &spec, const Node &at, std::string_view kind);

    /// Looks at the source, relative to the folder, and takes the function into the application, or
    /// leaves it out with a finding. A runtime, handler or dialect that \a spec does not give is
    /// found from the source.
    void add(FunctionSpec spec, const std::filesystem::path &source, const Node &at);
    void leaveOut(const FunctionSpec &spec, const Node &at, const std::string &why);

    /// The result. Without any function it is of no use.
    [[nodiscard]] ParsedApplication finish();

private:
    std::optional<std::uint64_t> sizeOf(const Node &node, const std::string &what);
    void addTrigger(FunctionSpec &spec, const Node &at, Trigger trigger);
    void report(const Node &at, std::string message, bool warning);

    std::filesystem::path m_folder, m_file;
    ParsedApplication m_parsed;
    std::set<std::string> m_names;
};

} // namespace runtime::importers
