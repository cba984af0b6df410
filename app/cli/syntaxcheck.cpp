#include "app/cli/syntaxcheck.h"

#include <QFileInfo>
#include <QRegularExpression>
#include <QStandardPaths>

#include <nlohmann/json.hpp>

namespace app {

using nlohmann::json;
using runtime::Problem;

/// One run of a parser.
struct SyntaxCheck::Job {
    bool isPython = false;
    QString program;
    QStringList arguments;
    QString file; ///< The file, or the first of several.
};

namespace {

/// Compiles the files named in its arguments in memory; an object for each that does not compile.
constexpr char pythonScript[] = R"(
import json, sys
for name in sys.argv[1:]:
    try:
        with open(name, "rb") as source:
            compile(source.read(), name, "exec", dont_inherit=True)
    except SyntaxError as error:
        print(json.dumps({"file": name, "line": error.lineno or 0, "column": error.offset or 0,
                          "message": error.msg}))
    except (ValueError, OSError) as error:
        print(json.dumps({"file": name, "line": 0, "column": 0, "message": str(error)}))
)";

QString interpreter(const char *variable, const QString &preferred, const QString &name)
{
    const QString given = qEnvironmentVariable(variable);
    if (!given.isEmpty())
        return given;
    return QFileInfo(preferred).isExecutable() ? preferred : QStandardPaths::findExecutable(name);
}

std::vector<Problem> problemsOfPython(const QByteArray &output)
{
    std::vector<Problem> problems;
    for (const QByteArray &line : output.split('\n')) {
        const json object = json::parse(line.toStdString(), nullptr, false);
        if (object.is_object())
            problems.push_back({object.value("file", ""), object.value("line", 0),
                                object.value("column", 0), false, object.value("message", "")});
    }
    return problems;
}

/// Node.js says: the file and line, the line's text, a caret below it, and later the error.
Problem problemOfNode(const QString &file, const QString &said)
{
    static const QRegularExpression place(QStringLiteral("^(?:file://)?(?:.*):(\\d+)$"),
                                          QRegularExpression::MultilineOption);
    static const QRegularExpression caret(QStringLiteral("^( *)\\^+$"),
                                          QRegularExpression::MultilineOption);
    static const QRegularExpression message(QStringLiteral("^\\w*Error: (.*)$"),
                                            QRegularExpression::MultilineOption);
    const auto where = place.match(said);
    const auto column = caret.match(said);
    const auto what = message.match(said);
    return {file.toStdString(), where.hasMatch() ? where.captured(1).toInt() : 0,
            column.hasMatch() ? int(column.captured(1).size()) + 1 : 0, false,
            (what.hasMatch() ? what.captured(1) : said.section(u'\n', 0, 0)).toStdString()};
}

} // namespace

SyntaxCheck::SyntaxCheck(QObject *parent) : QObject(parent) {}
SyntaxCheck::~SyntaxCheck() = default;

void SyntaxCheck::start(const QStringList &files)
{
    QStringList python;
    const QString node = interpreter("EDGEWRIGHT_NODE", {}, QStringLiteral("node"));
    for (const QString &file : files) {
        const QString ending = QFileInfo(file).suffix();
        if (ending == QStringLiteral("py"))
            python << file;
        else if (ending == QStringLiteral("js") || ending == QStringLiteral("mjs") ||
                 ending == QStringLiteral("cjs"))
            m_jobs.push_back({false, node, {QStringLiteral("--check"), file}, file});
    }
    if (!python.isEmpty())
        m_jobs.push_front(
            {true,
             interpreter("EDGEWRIGHT_PYTHON", QStringLiteral("/usr/bin/python3"),
                         QStringLiteral("python3")),
             QStringList{QStringLiteral("-I"), QStringLiteral("-W"), QStringLiteral("ignore"),
                         QStringLiteral("-c"), QString::fromUtf8(pythonScript)} +
                 python,
             python.first()});
    next();
}

void SyntaxCheck::next()
{
    if (m_jobs.empty()) {
        Q_EMIT finished(m_problems);
        return;
    }
    m_process = std::make_unique<QProcess>();
    connect(m_process.get(), &QProcess::finished, this, &SyntaxCheck::onFinished,
            Qt::QueuedConnection);
    connect(
        m_process.get(), &QProcess::errorOccurred, this,
        [this](QProcess::ProcessError error) {
            if (error == QProcess::FailedToStart)
                onNotStarted();
        },
        Qt::QueuedConnection);
    const Job &job = m_jobs.front();
    m_process->start(job.program.isEmpty() ? QStringLiteral("node") : job.program, job.arguments,
                     QIODevice::ReadOnly);
}

void SyntaxCheck::onFinished()
{
    const Job job = m_jobs.front();
    m_jobs.pop_front();
    if (job.isPython) {
        const auto found = problemsOfPython(m_process->readAllStandardOutput());
        m_problems.insert(m_problems.end(), found.begin(), found.end());
    } else if (m_process->exitCode() != 0) {
        m_problems.push_back(
            problemOfNode(job.file, QString::fromUtf8(m_process->readAllStandardError())));
    }
    next();
}

void SyntaxCheck::onNotStarted()
{
    const Job job = m_jobs.front();
    m_problems.push_back({job.file.toStdString(), 0, 0, true,
                          std::string("the syntax was not checked: there is no ") +
                              (job.isPython ? "python3" : "node") + " on this computer"});
    std::erase_if(m_jobs, [&](const Job &other) { return other.isPython == job.isPython; });
    next();
}

} // namespace app
