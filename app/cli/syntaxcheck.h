#pragma once

#include "runtime-bridge/function/applicationfile.h"

#include <QObject>
#include <QProcess>
#include <QStringList>

#include <deque>
#include <memory>
#include <vector>

namespace app {

/// Has the languages' own parsers read source files, without running or writing anything.
class SyntaxCheck final : public QObject
{
    Q_OBJECT

public:
    explicit SyntaxCheck(QObject *parent = nullptr);
    ~SyntaxCheck() override;

    /// Answered by finished(), once. Files of other languages are left out.
    void start(const QStringList &files);

Q_SIGNALS:
    void finished(const std::vector<runtime::Problem> &problems);

private:
    struct Job;
    void next();
    void onFinished();
    void onNotStarted();

    std::deque<Job> m_jobs;
    std::unique_ptr<QProcess> m_process;
    std::vector<runtime::Problem> m_problems;
};

} // namespace app
