#pragma once

#include "runtime-bridge/function/applicationfile.h"

#include <QTreeWidget>

#include <map>
#include <vector>

namespace app {

/// Everything that is wrong now, by file; a click leads to the place.
class ProblemsView final : public QTreeWidget
{
    Q_OBJECT

public:
    explicit ProblemsView(QWidget *parent = nullptr);

    /// Replaces what \a source said before: "application", or a function's name.
    void setProblems(const QString &source, const std::vector<runtime::Problem> &problems);
    [[nodiscard]] int count() const;

Q_SIGNALS:
    void placeActivated(const QString &file, int line, int column);
    void countChanged(int count);

private:
    void rebuild();

    std::map<QString, std::vector<runtime::Problem>> m_problems;
};

} // namespace app
