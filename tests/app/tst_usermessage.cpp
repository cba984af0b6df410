#include "app/errors/usermessage.h"

#include <QRegularExpression>
#include <QTest>

using namespace app;
using runtime::Error;
using runtime::ErrorCode;

class UserMessageTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyCodeHasWords_data()
    {
        QTest::addColumn<int>("code");
        for (std::size_t i = 0; i < runtime::errorCodeCount; ++i)
            if (ErrorCode(i) != ErrorCode::Cancelled)
                QTest::newRow(std::string(runtime::wireName(ErrorCode(i))).c_str()) << int(i);
    }

    void everyCodeHasWords()
    {
        QFETCH(int, code);
        for (const Error &error :
             {Error{ErrorCode(code), "porch-pi", "evidence of it\nsecond line"},
              Error{ErrorCode(code), "porch-pi", {}}, Error{ErrorCode(code), {}, {}}}) {
            const UserMessage message = describe(error);
            checkTitle(message.title);
            checkText(message.text);
            QVERIFY2(message.title != QStringLiteral("The operation failed") &&
                         !message.text.contains(QStringLiteral("The details say more.")),
                     "this code has no row in the table of usermessage.cpp");
            QVERIFY(!message.action.endsWith(u'.'));
            QVERIFY(message.details.startsWith(
                QString::fromStdString(std::string(runtime::wireName(ErrorCode(code))))));
            for (const QString &words : {message.title, message.text, message.action})
                checkHouseWords(words);
            if (!error.detail.empty())
                QVERIFY(message.details.endsWith(QStringLiteral(" · evidence of it\nsecond line")));
        }
    }

    void everyCauseHasItsOwnAdvice()
    {
        const Error causes[] = {
            {ErrorCode::DeviceAuthRejected, "pi", "Access denied; a password was given"},
            {ErrorCode::DeviceAuthRejected, "pi", "Access denied"},
            {ErrorCode::DeviceUnsuitable, "pi", "the home /home/pi cannot be written"},
            {ErrorCode::DeviceUnsuitable, "pi", "there is no runtime for sparc64"},
            {ErrorCode::DeviceUnsuitable, "pi", "it has no POSIX shell: "},
            {ErrorCode::DeviceUnsuitable, "pi", "its server carries a single command a session"},
            {ErrorCode::DeviceUnsuitable, "pi", "it has no SFTP server"},
            {ErrorCode::DeviceUnsuitable, "pi", "something else"},
            {ErrorCode::FileUnreadable, "/a", "the device denies it to pi"},
            {ErrorCode::FileUnwritable, "/a", "the device denies it to pi"},
            {ErrorCode::FileUnreadable, "/a", "there is no such file on the device"},
            {ErrorCode::FileUnwritable, "/a", "something of this name exists already"},
            {ErrorCode::FileUnwritable, "/a", "the file system is read-only"},
            {ErrorCode::FileUnwritable, "/a", "it would not belong to its owner any more"},
            {ErrorCode::FileUnwritable, "/a", "it was changed on the device since it was opened"},
            {ErrorCode::FileUnreadable, "/a", "it is too large to edit over the link"},
            {ErrorCode::FileUnreadable, "/a", "it has no text, but binary data"},
            {ErrorCode::DeviceDiskFull, "pi", "/a was not written: 0 bytes are free"},
            {ErrorCode::DeviceLost, "pi", "no answer while files were read or written"},
        };
        QSet<QString> advice;
        for (const Error &error : causes) {
            const UserMessage message = describe(error);
            checkText(message.text);
            checkHouseWords(message.text);
            advice.insert(message.text.section(QStringLiteral(". "), 1));
        }
        QCOMPARE(advice.size(), qsizetype(std::size(causes)));
    }

    void cancellingShowsNothing()
    {
        const UserMessage message = describe({ErrorCode::Cancelled, "porch-pi", "evidence"});
        QCOMPARE(message.title + message.text + message.action + message.details, QString());
        QCOMPARE(toPlainText(message), QString());
    }

    void titleNamesWhatItHappenedTo()
    {
        QCOMPARE(describe({ErrorCode::DeviceUnreachable, "porch-pi", {}}).title,
                 QStringLiteral("Cannot reach \"porch-pi\""));
        QCOMPARE(describe({ErrorCode::DeviceUnreachable, {}, {}}).title,
                 QStringLiteral("Cannot reach the device"));
        QCOMPARE(describe({ErrorCode::FunctionFailed, {}, {}}).title,
                 QStringLiteral("The function failed"));
    }

    void faultOfTheUsersCodeIsToldInOneSentence()
    {
        const UserMessage message = describe(
            {ErrorCode::FunctionInitFailed, "night-light",
             R"({"type":"ImportError","message":"No module named 'lux'.","stack":["a","b"]})"});
        QVERIFY2(message.text.startsWith(
                     QStringLiteral("Its code raised ImportError: No module named 'lux'. The ")),
                 qPrintable(message.text));
    }

    void placesInTheEvidenceAreNoPlaceholders()
    {
        const UserMessage message = describe({ErrorCode::FunctionFailed, "f%2", "100 %1 and %2"});
        QCOMPARE(message.title, QStringLiteral("\"f%2\" failed"));
        QVERIFY2(message.text.startsWith(QStringLiteral("It raised 100 %1 and %2. ")),
                 qPrintable(message.text));
    }

    void pathsKeepTheirSpellingAtTheStartOfASentence()
    {
        QVERIFY(describe({ErrorCode::SourceMissing, "a", "src/x.py: not there"})
                    .text.startsWith(QStringLiteral("src/x.py: not there. ")));
        QVERIFY(describe({ErrorCode::SourceMissing, "a", "no such file"})
                    .text.startsWith(QStringLiteral("No such file. ")));
    }

private:
    static void checkTitle(const QString &title)
    {
        QVERIFY(!title.isEmpty());
        QVERIFY2(!title.endsWith(u'.') && !title.contains(u'%'), qPrintable(title));
        QVERIFY2(title.size() <= 60, qPrintable(title));
        QVERIFY2(!title.at(0).isLower(), qPrintable(title));
    }

    static void checkText(const QString &text)
    {
        QVERIFY2(text.endsWith(u'.') && !text.contains(QStringLiteral("..")), qPrintable(text));
        QVERIFY2(!text.contains(u'%'), qPrintable(text));
        QVERIFY2(!text.contains(QStringLiteral(": .")) && !text.startsWith(u'.'), qPrintable(text));
    }

    static void checkHouseWords(const QString &words)
    {
        static const QRegularExpression unwanted(
            QStringLiteral(
                "!|\\bplease\\b|successful|\\boops\\b|n't\\b|\\b\\w+'(s been|re|ll|ve)\\b"),
            QRegularExpression::CaseInsensitiveOption);
        QVERIFY2(!words.contains(unwanted), qPrintable(words));
    }
};

QTEST_GUILESS_MAIN(UserMessageTest)
#include "tst_usermessage.moc"
