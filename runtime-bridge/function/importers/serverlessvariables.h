#pragma once

#include "runtime-bridge/function/importers/import.h"

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace runtime::importers {

/// Replaces the variables of a serverless.yml: "${self:custom.x, 'otherwise'}".
///
/// Known are self, opt (its default, for no command line stands behind it), env (of this process,
/// and of .env where the file asks for it), sls, param, file() of YAML and JSON below the folder,
/// and strToBool(). The value of any other is not there, with a finding.
class ServerlessVariables
{
public:
    ServerlessVariables(Import &import, const Node &root);

    /// \a node with every variable in it replaced.
    Node resolve(const Node &node);

private:
    Node resolve(const Node &node, int depth);
    Node resolveText(const Node &node, int depth);
    /// The first of the sources, separated by commas, that has a value.
    Node value(std::string_view expression, const Node &at, int depth);
    Node source(std::string_view words, const Node &at, int depth);
    Node self(std::string_view path, const Node &at, int depth);
    Node option(const std::string &name, const Node &at, int depth);
    Node fromFile(std::string_view words, const Node &at, int depth);
    Node follow(Node node, std::string_view path, int depth);
    Node variable(const std::string &name, const Node &at) const;
    void readDotenv(const std::string &file);

    Import &m_import;
    const Node &m_root;
    std::map<std::string, std::string> m_dotenv;
    std::map<std::string, Node> m_files;
    std::set<std::string> m_open; ///< Sources whose values are being looked for.
    std::size_t m_count = 0;
    bool m_isTold = false; ///< Why the value that is looked for is not there.
};

} // namespace runtime::importers
