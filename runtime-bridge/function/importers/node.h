#pragma once

#include "runtime-bridge/function/problem.h"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace runtime::importers {

struct Member;

/// A value of another tool's file, with its place. JSON and YAML look the same here; aliases and
/// merge keys ("<<") are resolved, tags such as !Ref are kept.
struct Node {
    enum class Kind { Absent, Null, Scalar, List, Map };
    Kind kind = Kind::Absent;
    std::string text;      ///< Of a scalar.
    std::string tag;       ///< "!Ref"; empty where the file gives none.
    bool isQuoted = false; ///< The scalar is surely a text, no number or truth value.
    std::vector<Node> items;
    std::vector<Member> members;
    /// Shared by every node of a file, which are many.
    std::shared_ptr<const std::string> file;
    int line = 0, column = 0; ///< From 1.

    [[nodiscard]] bool isThere() const { return kind != Kind::Absent && kind != Kind::Null; }
    [[nodiscard]] bool isScalar() const { return kind == Kind::Scalar; }
    [[nodiscard]] bool isList() const { return kind == Kind::List; }
    [[nodiscard]] bool isMap() const { return kind == Kind::Map; }
    /// The member of that name; a node of Kind::Absent at this node's place otherwise.
    [[nodiscard]] Node operator[](std::string_view name) const;
    [[nodiscard]] const Node *find(std::string_view name) const;
    /// A scalar at this node's place.
    [[nodiscard]] Node scalar(std::string words) const;
    /// A list's items; the node itself where a list of one is written without its brackets.
    [[nodiscard]] std::vector<Node> asList() const;
};

struct Member {
    Node name;
    Node value;
};

/// What a file holds, or why it cannot be read.
struct Document {
    Node root;
    std::vector<Problem> problems;
};

/// Reads the text of \a file, YAML or JSON. Never throws. A text of more than 200,000 values, as
/// nested aliases can make of a small one, is refused.
[[nodiscard]] Document readDocument(std::string_view text, const std::filesystem::path &file);

} // namespace runtime::importers
