#include "device-manager/core/sshconfig.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QRegularExpression>

namespace device {

namespace {

constexpr int deepestInclude = 16; // as ssh has it

/// "Key value", "Key=value", "Key \"a value\"": the words of a line, the key in lower case.
QStringList wordsOf(const QString &line)
{
    static const QRegularExpression word(QStringLiteral(R"("([^"]*)\"|([^\s="]+))"));
    const QString text = line.trimmed();
    QStringList words;
    if (text.startsWith(QLatin1Char('#')))
        return words;
    for (auto it = word.globalMatch(text); it.hasNext();) {
        const QRegularExpressionMatch match = it.next();
        words.append(match.captured(match.capturedStart(1) >= 0 ? 1 : 2));
    }
    if (!words.isEmpty())
        words.first() = words.first().toLower();
    return words;
}

bool isPattern(const QString &name)
{
    return name.contains(QLatin1Char('*')) || name.contains(QLatin1Char('?')) ||
           name.startsWith(QLatin1Char('!'));
}

/// The files of an Include: relative ones lie in ~/.ssh.
QStringList includedFiles(const QString &pattern)
{
    QString path = pattern;
    if (path.startsWith(QLatin1String("~/")))
        path.replace(0, 1, QDir::homePath());
    const QFileInfo info(QDir(QDir::homePath() + QStringLiteral("/.ssh")), path);
    QStringList files;
    for (const QFileInfo &file :
         info.dir().entryInfoList({info.fileName()}, QDir::Files, QDir::Name))
        files.append(file.filePath());
    return files;
}

void readHosts(const QString &path, int depth, QList<SshConfigHost> &hosts)
{
    QFile file(path);
    if (depth > deepestInclude || !file.open(QIODevice::ReadOnly))
        return;
    qsizetype first = hosts.size(); // of the present block
    for (const QByteArray &line : file.readAll().split('\n')) {
        const QStringList words = wordsOf(QString::fromUtf8(line));
        if (words.size() < 2)
            continue;
        const QString &key = words[0];
        const auto forBlock = [&](auto set) {
            for (qsizetype i = first; i < hosts.size(); ++i)
                set(hosts[i]);
        };
        if (key == QLatin1String("host")) {
            first = hosts.size();
            for (const QString &name : words.mid(1))
                if (!isPattern(name))
                    hosts.append({name, {}, {}, 22});
        } else if (key == QLatin1String("match")) {
            first = hosts.size();
        } else if (key == QLatin1String("include")) {
            for (const QString &pattern : words.mid(1))
                for (const QString &included : includedFiles(pattern))
                    readHosts(included, depth + 1, hosts);
            first = hosts.size();
        } else if (key == QLatin1String("hostname")) {
            forBlock([&](SshConfigHost &host) { host.hostName = words[1]; });
        } else if (key == QLatin1String("user")) {
            forBlock([&](SshConfigHost &host) { host.user = words[1]; });
        } else if (key == QLatin1String("port")) {
            forBlock([&](SshConfigHost &host) { host.port = words[1].toUShort(); });
        }
    }
}

} // namespace

QString sshConfigFile()
{
    return QDir::homePath() + QStringLiteral("/.ssh/config");
}

QList<SshConfigHost> sshConfigHosts(const QString &file)
{
    QList<SshConfigHost> hosts;
    readHosts(file, 0, hosts);
    return hosts;
}

} // namespace device
