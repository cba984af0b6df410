#include "device-manager/core/sshsession.h"
#include "device-manager/core/sshterminal.h"
#include "device-manager/core/terminalscreen.h"
#include "testpi.h"

#include <QElapsedTimer>

using namespace device;
using runtime::ErrorCode;

/// What a terminal makes of bytes and keys, and a shell of a real sshd in one.
class tst_TerminalScreen : public QObject
{
    Q_OBJECT

    static QString screenText(const TerminalScreen &screen)
    {
        return screen.text(0, 0, screen.rows() - 1, screen.columns()).trimmed();
    }

private Q_SLOTS:
    void initTestCase() { qRegisterMetaType<runtime::Error>("runtime::Error"); }

    void bytesBecomeCells()
    {
        TerminalScreen screen(20, 4);
        screen.write("plain \x1b[1;31mred\x1b[0m \xe6\xbc\xa2\xe5\xad\x97 e\xcc\x81");
        QCOMPARE(screenText(screen),
                 QString::fromUtf8("plain red \xe6\xbc\xa2\xe5\xad\x97 e\xcc\x81"));
        QVERIFY(screen.cell(0, 6).style.bold);
        QCOMPARE(screen.cell(0, 6).style.foreground,
                 (TerminalColor{TerminalColor::Kind::Indexed, 1, 0, 0}));
        QVERIFY(screen.cell(0, 0).style == TerminalStyle{});
        QCOMPARE(int(screen.cell(0, 10).width), 2);
        QCOMPARE(int(screen.cell(0, 11).width), 0);
        QCOMPARE(screen.cursor(), QPoint(16, 0));
    }

    void aCharacterMayComeInPieces()
    {
        TerminalScreen screen(10, 2);
        screen.write("\xe6");
        screen.write("\xbc\xa2\x1b[3");
        screen.write("1mx");
        QCOMPARE(screenText(screen), QString::fromUtf8("\xe6\xbc\xa2x"));
        QCOMPARE(int(screen.cell(0, 2).style.foreground.red), 1);
    }

    void whatScrollsAwayIsKept()
    {
        TerminalScreen screen(10, 3);
        QSignalSpy scrolled(&screen, &TerminalScreen::scrolledOut);
        screen.write("one\r\ntwo\r\nthree\r\nfour\r\nfive");
        QCOMPARE(screen.history(), 2);
        QCOMPARE(scrolled.size(), 1);
        QCOMPARE(scrolled[0][0].toInt(), 2);
        QCOMPARE(screen.text(-2, 0, 0, 10), QStringLiteral("one\ntwo\nthree"));
        QCOMPARE(screen.text(-1, 1, 0, 2), QStringLiteral("wo\nth"));
        QCOMPARE(screen.cell(-3, 0).chars[0], char32_t(0));
        screen.resize(10, 5); // they come back
        QCOMPARE(screen.history(), 0);
        QCOMPARE(screenText(screen), QStringLiteral("one\ntwo\nthree\nfour\nfive"));
    }

    void historyHasAnEnd()
    {
        TerminalScreen screen(10, 3);
        for (int i = 0; i < 300; ++i)
            screen.write(QByteArray("y\r\n").repeated(100));
        QCOMPARE(screen.history(), 5000);
    }

    void anotherScreenLeavesTheFirst()
    {
        TerminalScreen screen(10, 3);
        screen.write("shell\x1b[?1049h\x1b[H\x1b[2Jeditor");
        QVERIFY(screen.isAlternate());
        QCOMPARE(screenText(screen), QStringLiteral("editor"));
        screen.write("\x1b[?1049l");
        QVERIFY(!screen.isAlternate());
        QCOMPARE(screenText(screen), QStringLiteral("shell"));
    }

    void oddBytesHarmNothing()
    {
        TerminalScreen screen(10, 3);
        screen.write(QByteArray("\x1b[999999999;999999999H\x1b[9999999999999X\x1b]0;") +
                     QByteArray(100'000, 't') + "\x07\x1b[2147483647S\xff\xfe\xf0\x9f");
        screen.resize(1, 0);
        QCOMPARE(screen.columns(), 2);
        QCOMPARE(screen.rows(), 1);
        QVERIFY(screen.title().size() <= 200);
        screen.write("\x1b[H\x1b[2Jok");
        QCOMPARE(screenText(screen), QStringLiteral("ok"));
    }

    void titleAndAnswersAreTold()
    {
        TerminalScreen screen(20, 3);
        QSignalSpy title(&screen, &TerminalScreen::titleChanged);
        QSignalSpy output(&screen, &TerminalScreen::output);
        screen.write("\x1b]2;porch: ~\x07\x1b[6n");
        QCOMPARE(title.size(), 1);
        QCOMPARE(screen.title(), QStringLiteral("porch: ~"));
        QCOMPARE(output[0][0].toByteArray(), QByteArray("\x1b[1;1R"));
    }

    void keysBecomeBytes_data()
    {
        QTest::addColumn<int>("key");
        QTest::addColumn<Qt::KeyboardModifiers>("modifiers");
        QTest::addColumn<QString>("text");
        QTest::addColumn<QByteArray>("bytes");
        const Qt::KeyboardModifiers none;
        const Qt::KeyboardModifiers control = Qt::ControlModifier;
        QTest::newRow("letter") << int(Qt::Key_A) << none << QStringLiteral("a") << QByteArray("a");
        QTest::newRow("umlaut") << int(Qt::Key_Odiaeresis) << none << QString(QChar(0xf6))
                                << QByteArray("\xc3\xb6");
        QTest::newRow("Ctrl+C") << int(Qt::Key_C) << control << QStringLiteral("\x03")
                                << QByteArray("\x03");
        QTest::newRow("Alt+B") << int(Qt::Key_B) << Qt::KeyboardModifiers(Qt::AltModifier)
                               << QStringLiteral("b")
                               << QByteArray("\x1b"
                                             "b");
        QTest::newRow("Enter") << int(Qt::Key_Return) << none << QStringLiteral("\r")
                               << QByteArray("\r");
        QTest::newRow("Ctrl+Enter")
            << int(Qt::Key_Return) << control << QString() << QByteArray("\r");
        QTest::newRow("Backspace")
            << int(Qt::Key_Backspace) << none << QStringLiteral("\b") << QByteArray("\x7f");
        QTest::newRow("Tab") << int(Qt::Key_Tab) << none << QStringLiteral("\t")
                             << QByteArray("\t");
        QTest::newRow("Shift+Tab")
            << int(Qt::Key_Backtab) << Qt::KeyboardModifiers(Qt::ShiftModifier) << QString()
            << QByteArray("\x1b[Z");
        QTest::newRow("up") << int(Qt::Key_Up) << none << QString() << QByteArray("\x1b[A");
        QTest::newRow("Ctrl+left")
            << int(Qt::Key_Left) << control << QString() << QByteArray("\x1b[1;5D");
        QTest::newRow("F1") << int(Qt::Key_F1) << none << QString() << QByteArray("\x1bOP");
        QTest::newRow("F12") << int(Qt::Key_F12) << none << QString() << QByteArray("\x1b[24~");
        QTest::newRow("page up") << int(Qt::Key_PageUp) << none << QString()
                                 << QByteArray("\x1b[5~");
        QTest::newRow("Shift alone") << int(Qt::Key_Shift) << none << QString() << QByteArray();
    }

    void keysBecomeBytes()
    {
        QFETCH(int, key);
        QFETCH(Qt::KeyboardModifiers, modifiers);
        QFETCH(QString, text);
        QFETCH(QByteArray, bytes);
        TerminalScreen screen(20, 3);
        QByteArray sent;
        connect(&screen, &TerminalScreen::output, this,
                [&sent](const QByteArray &more) { sent += more; });
        QCOMPARE(screen.press(key, modifiers, text), !bytes.isEmpty());
        QCOMPARE(sent, bytes);
    }

    void aPasteGivesNoCommandOfItsOwn()
    {
        TerminalScreen screen(20, 3);
        QByteArray sent;
        connect(&screen, &TerminalScreen::output, this,
                [&sent](const QByteArray &more) { sent += more; });
        screen.paste(QStringLiteral("one\r\ntwo\x1b[201~\x03"));
        QCOMPARE(sent, QByteArray("one\rtwo[201~"));
        sent.clear();
        screen.write("\x1b[?2004h");
        screen.paste(QStringLiteral("one\n"));
        QCOMPARE(sent, QByteArray("\x1b[200~one\r\x1b[201~"));
    }

    void aShellAnswersInItsTerminal()
    {
        TestPi pi;
        if (!pi.whyNot.empty())
            QSKIP(pi.whyNot.c_str());
        auto session = std::make_unique<SshSession>(pi.device());
        QVERIFY(resultOf(session->open()));
        TerminalScreen screen(60, 12);
        auto terminal = session->openTerminal(screen.columns(), screen.rows());
        QSignalSpy exited(terminal.get(), &SshTerminal::exited);
        connect(terminal.get(), &SshTerminal::received, &screen, &TerminalScreen::write);
        terminal->write("PS1='> '; stty size; tty; echo $TERM\r");
        QTRY_VERIFY(screenText(screen).contains(QStringLiteral("12 60")));
        QTRY_VERIFY(screenText(screen).contains(QStringLiteral("/dev/pts/")));
        QTRY_VERIFY(screenText(screen).contains(QStringLiteral("xterm-256color")));
        screen.resize(70, 20);
        terminal->resize(70, 20);
        terminal->write("stty size\r");
        QTRY_VERIFY(screenText(screen).contains(QStringLiteral("20 70")));
        terminal->write("sleep 100\r");
        QTRY_VERIFY(screenText(screen).contains(QStringLiteral("sleep 100")));
        terminal->write("\x03"); // the device forgets what was typed and not read before it
        QTRY_VERIFY(screenText(screen).contains(QStringLiteral("^C")));
        terminal->write("exit 7\r");
        QTRY_COMPARE(exited.size(), 1);
        QCOMPARE(exited[0][0].toInt(), 7);
    }

    void aShellThatSaysMuchWaitsAndStaysInterruptible()
    {
        TestPi pi;
        if (!pi.whyNot.empty())
            QSKIP(pi.whyNot.c_str());
        auto session = std::make_unique<SshSession>(pi.device());
        QVERIFY(resultOf(session->open()));
        auto terminal = session->openTerminal(80, 24);
        qint64 count = 0;
        QByteArray last;
        QElapsedTimer stall;
        qint64 longest = 0;
        connect(terminal.get(), &SshTerminal::received, this, [&](const QByteArray &bytes) {
            QVERIFY(bytes.size() <= 64 << 10);
            count += bytes.size();
            last = (last + bytes).right(4096);
        });
        QTimer beat;
        beat.callOnTimeout([&] { longest = std::max(longest, stall.restart()); });
        terminal->write("PS1='> '\r");
        QTRY_VERIFY(last.contains("> "));
        stall.start();
        beat.start(1);
        terminal->write("yes 0123456789012345678901234567890123456789\r");
        QTRY_VERIFY_WITH_TIMEOUT(count > 4 << 20, 30'000);
        // Others are served meanwhile.
        QVERIFY(resultOf(session->exec(QStringLiteral("true"))));
        terminal->write("\x03");
        terminal->write("echo do''ne\r");
        QTRY_VERIFY_WITH_TIMEOUT(last.contains("done\r\n"), 20'000);
        qInfo("longest stall of the event loop: %lld ms", longest);
        // Nobody takes what it says, and everything ends all the same.
        QSignalSpy failed(terminal.get(), &SshTerminal::failed);
        terminal->write("yes\r");
        QTest::qSleep(500);
        QElapsedTimer closing;
        closing.start();
        session->close();
        QVERIFY(closing.elapsed() < 3'000);
        QTRY_COMPARE_WITH_TIMEOUT(failed.size(), 1, 10'000);
        QCOMPARE(qvariant_cast<runtime::Error>(failed[0][0]).code, ErrorCode::Cancelled);
    }

    void aTerminalOfALostSessionFails()
    {
        TestPi pi;
        if (!pi.whyNot.empty())
            QSKIP(pi.whyNot.c_str());
        auto session = std::make_unique<SshSession>(pi.device());
        QVERIFY(resultOf(session->open()));
        auto terminal = session->openTerminal(80, 24);
        QSignalSpy received(terminal.get(), &SshTerminal::received);
        QSignalSpy failed(terminal.get(), &SshTerminal::failed);
        QTRY_VERIFY(!received.isEmpty());
        pi.pi->stop();
        QTRY_COMPARE(failed.size(), 1);
        QCOMPARE(qvariant_cast<runtime::Error>(failed[0][0]).code, ErrorCode::DeviceLost);
        session.reset();
        terminal->write("late"); // no harm
    }
};

QTEST_GUILESS_MAIN(tst_TerminalScreen)
#include "tst_terminalscreen.moc"
