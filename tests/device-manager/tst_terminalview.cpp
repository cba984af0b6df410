#include "device-manager/ui/terminalview.h"

#include <QApplication>
#include <QClipboard>
#include <QImage>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>

using namespace device;

class tst_TerminalView : public QObject
{
    Q_OBJECT

    struct Shown {
        TerminalScreen screen{80, 24};
        TerminalView view{&screen};
        QByteArray sent;
        static constexpr int margin = 8;

        Shown()
        {
            TerminalColors colors{Qt::white, Qt::black, Qt::darkCyan, Qt::yellow, {}};
            colors.palette.fill(Qt::gray);
            colors.palette[2] = Qt::green;
            view.setColors(colors);
            QFont font(QStringLiteral("monospace"));
            font.setStyleHint(QFont::Monospace);
            font.setPixelSize(14);
            view.setTerminalFont(font);
            view.resize(600, 300);
            view.show();
            QObject::connect(&screen, &TerminalScreen::output, &view,
                             [this](const QByteArray &bytes) { sent += bytes; });
        }

        [[nodiscard]] QSizeF cell() const
        {
            const QWidget &widget = view;
            const QRectF at = widget.inputMethodQuery(Qt::ImCursorRectangle).toRectF();
            return at.size();
        }

        void click(int line, int column, void (*act)(QWidget *, const QPoint &))
        {
            act(view.viewport(), QPoint(margin + int(column * cell().width()) + 1,
                                        int((line + 0.5) * cell().height())));
        }
    };

private Q_SLOTS:
    void theScreenIsAsLargeAsFits()
    {
        Shown shown;
        const int columns = shown.screen.columns();
        QVERIFY(columns > 20 && columns < 100);
        QSignalSpy size(&shown.view, &TerminalView::sizeChanged);
        shown.view.resize(300, 300);
        QTRY_VERIFY(!size.isEmpty());
        QVERIFY(shown.screen.columns() < columns);
    }

    void keysGoToTheProgramAndSomeLeadOut()
    {
        Shown shown;
        QTest::keyClick(&shown.view, Qt::Key_Tab);
        QTest::keyClick(&shown.view, Qt::Key_F5);
        QCOMPARE(shown.sent, QByteArray("\t\x1b[15~"));
        for (const auto &[key, modifiers, isOurs] :
             {std::tuple(Qt::Key_F5, Qt::KeyboardModifiers(), true),
              std::tuple(Qt::Key_S, Qt::KeyboardModifiers(Qt::ControlModifier), true),
              std::tuple(Qt::Key_P, Qt::ControlModifier | Qt::ShiftModifier, false),
              std::tuple(Qt::Key_1, Qt::KeyboardModifiers(Qt::AltModifier), false)}) {
            QKeyEvent override(QEvent::ShortcutOverride, key, modifiers);
            override.ignore();
            QApplication::sendEvent(&shown.view, &override);
            QCOMPARE(override.isAccepted(), isOurs);
        }
    }

    void whatIsMarkedIsCopied()
    {
        Shown shown;
        shown.screen.write("alpha beta/gamma.py delta\r\nsecond");
        shown.click(0, 8, [](QWidget *to, const QPoint &at) {
            QTest::mouseDClick(to, Qt::LeftButton, {}, at);
        });
        QCOMPARE(shown.view.selectedText(), QStringLiteral("beta/gamma.py"));
        QTest::keyClick(&shown.view, Qt::Key_C, Qt::ControlModifier | Qt::ShiftModifier);
        QCOMPARE(QApplication::clipboard()->text(), QStringLiteral("beta/gamma.py"));
        QVERIFY(shown.sent.isEmpty());
        shown.click(0, 6, [](QWidget *to, const QPoint &at) {
            QTest::mousePress(to, Qt::LeftButton, {}, at);
        });
        shown.click(1, 3, [](QWidget *to, const QPoint &at) {
            QTest::mouseMove(to, at);
            QTest::mouseRelease(to, Qt::LeftButton, {}, at);
        });
        QCOMPARE(shown.view.selectedText(), QStringLiteral("beta/gamma.py delta\nsec"));
        QTest::keyClick(&shown.view, Qt::Key_V, Qt::ControlModifier | Qt::ShiftModifier);
        QCOMPARE(shown.sent, QByteArray("beta/gamma.py"));
    }

    void aReaderKeepsThePlace()
    {
        Shown shown;
        for (int i = 0; i < 200; ++i)
            shown.screen.write("line " + QByteArray::number(i) + "\r\n");
        QScrollBar *bar = shown.view.verticalScrollBar();
        QCOMPARE(bar->value(), bar->maximum());
        bar->setValue(50);
        const int fromEnd = bar->maximum() - bar->value();
        shown.screen.write("more\r\nand more\r\n");
        QCOMPARE(bar->maximum() - bar->value(), fromEnd + 2);
        QTest::keyClick(&shown.view, Qt::Key_A);
        QCOMPARE(bar->value(), bar->maximum());
    }

    void whatCouldNotBeReadGivesWay()
    {
        Shown shown;
        shown.screen.write("\x1b[38;2;255;255;255m####\x1b[0m\x1b[?25l"); // white on white
        const QImage image = shown.view.viewport()->grab().toImage();
        bool isSeen = false;
        for (int x = 0; x < int(4 * shown.cell().width()); ++x)
            for (int y = 0; y < int(shown.cell().height()); ++y)
                isSeen |= image.pixelColor(Shown::margin + x, y).lightness() < 100;
        QVERIFY(isSeen);
    }

    void cellsAreWhereTheirColumnsAre()
    {
        Shown shown;
        // Green cells at columns 10 and 30, after text of every kind.
        shown.screen.write("\xe6\xbc\xa2"
                           "\xe5\xad\x97 WWWW \x1b[42m \x1b[0miiiiiiiiiiiiiiiiiii\x1b[42m \x1b[0m");
        const QImage image = shown.view.viewport()->grab().toImage();
        const auto greenAt = [&](int column) {
            const QSizeF cell = shown.cell();
            const double ratio = image.devicePixelRatio();
            const QColor color =
                image.pixelColor(int((Shown::margin + (column + 0.5) * cell.width()) * ratio),
                                 int(cell.height() / 2 * ratio));
            return color == QColor(Qt::green);
        };
        QVERIFY(greenAt(10));
        QVERIFY(greenAt(30));
        QVERIFY(!greenAt(9));
        QVERIFY(!greenAt(31));
    }
};

QTEST_MAIN(tst_TerminalView)
#include "tst_terminalview.moc"
