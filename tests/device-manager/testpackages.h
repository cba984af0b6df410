#pragma once

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

/// Wheels and tarballs that a test makes, the only ones that pip finds, and a python3 that notes
/// each start. Packages: python3-pip, npm.
class TestPackages final
{
public:
    TestPackages()
    {
        QDir(m_folder.path()).mkdir(QStringLiteral("wheels"));
        qputenv("PIP_NO_INDEX", "1");
        qputenv("PIP_FIND_LINKS", path("wheels").toLocal8Bit());
        write(QStringLiteral("python3"), "#!/bin/sh\necho started >>" + path("starts").toUtf8() +
                                             "\nexec /usr/bin/python3 \"$@\"\n");
        QFile::setPermissions(path("python3"),
                              QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        qputenv("EDGEWRIGHT_PYTHON", path("python3").toLocal8Bit());
    }

    [[nodiscard]] QString path(const char *name) const
    {
        return m_folder.filePath(QString::fromUtf8(name));
    }
    void write(const QString &name, const QByteArray &text) const
    {
        const QFileInfo file(m_folder.filePath(name));
        QDir().mkpath(file.path());
        QFile out(file.filePath());
        if (!out.open(QIODevice::WriteOnly) || out.write(text) != text.size())
            qFatal("cannot write %s", qPrintable(name));
    }

    /// How often python3 was started here.
    [[nodiscard]] int starts() const
    {
        QFile file(path("starts"));
        return file.open(QIODevice::ReadOnly) ? int(file.readAll().count('\n')) : 0;
    }

    /// A module \a name whose WORD is \a tag. A wheel is a zip with a description.
    void makeWheel(const char *name, const char *version, const char *tag,
                   const char *asks = "") const
    {
        run(QStringLiteral("/usr/bin/python3"),
            {QStringLiteral("-c"),
             QStringLiteral(
                 "import sys, zipfile\n"
                 "folder, name, version, tag, asks = sys.argv[1:]\n"
                 "info = f'{name}-{version}.dist-info/'\n"
                 "with zipfile.ZipFile(f'{folder}/{name}-{version}-{tag}.whl', 'w') as z:\n"
                 "    z.writestr(f'{name}.py', f'WORD = \"{tag}\"\\n')\n"
                 "    z.writestr(info + 'METADATA', f'Metadata-Version: 2.1\\nName: {name}\\n'\n"
                 "               f'Version: {version}\\n' +\n"
                 "               (f'Requires-Dist: {asks}\\n' if asks else ''))\n"
                 "    z.writestr(info + 'WHEEL', 'Wheel-Version: 1.0\\nGenerator: test\\n'\n"
                 "               f'Root-Is-Purelib: true\\nTag: {tag}\\n')\n"
                 "    z.writestr(info + 'RECORD', '')\n"),
             path("wheels"), QString::fromUtf8(name), QString::fromUtf8(version),
             QString::fromUtf8(tag), QString::fromUtf8(asks)});
    }

    /// A package that is there as source alone, and says so when it is built.
    void makeSource(const char *name, const char *version) const
    {
        const QString folder =
            QStringLiteral("%1-%2").arg(QString::fromUtf8(name), QString::fromUtf8(version));
        write(folder + QStringLiteral("/setup.py"),
              "open('" + path("built").toUtf8() + "', 'w')\n");
        run(QStringLiteral("tar"),
            {QStringLiteral("czf"),
             path("wheels") + QLatin1Char('/') + folder + QStringLiteral(".tar.gz"),
             QStringLiteral("-C"), m_folder.path(), folder});
    }

    /// The tarball NAME.tgz of a package of npm, whose package.json has \a more.
    void makeTarball(const char *name, const QByteArray &more,
                     const QMap<QString, QByteArray> &files = {}) const
    {
        const QString folder = QStringLiteral("npm-") + QString::fromUtf8(name);
        write(folder + QStringLiteral("/package/package.json"),
              QByteArray("{\"name\": \"") + name + "\", \"version\": \"1.0.0\"" +
                  (more.isEmpty() ? "" : ", ") + more + "}");
        write(folder + QStringLiteral("/package/index.js"),
              QByteArray("module.exports = '") + name + "';\n");
        for (auto it = files.begin(); it != files.end(); ++it)
            write(folder + QStringLiteral("/package/") + it.key(), it.value());
        run(QStringLiteral("tar"),
            {QStringLiteral("czf"),
             m_folder.filePath(QString::fromUtf8(name) + QStringLiteral(".tgz")),
             QStringLiteral("-C"), m_folder.filePath(folder), QStringLiteral("package")});
    }

    /// The beginning of a 64-bit ELF file: x86-64 62, arm64 183.
    [[nodiscard]] static QByteArray elf(char machine)
    {
        QByteArray head = QByteArray("\x7f"
                                     "ELF\x02\x01\x01")
                              .leftJustified(18, '\0');
        head[16] = 3;
        return head + machine + QByteArray(45, '\0');
    }

private:
    static void run(const QString &program, const QStringList &arguments)
    {
        QProcess process;
        process.start(program, arguments);
        if (!process.waitForFinished() || process.exitCode() != 0)
            qFatal("%s: %s", qPrintable(program), process.readAllStandardError().constData());
    }

    QTemporaryDir m_folder;
};
