#include "editor/ui/codeeditor.h"
#include "editor/ui/findbar.h"

#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>
#include <QVBoxLayout>

using namespace editor;

class FindBarTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_window = std::make_unique<QWidget>();
        m_editor = new CodeEditor(m_window.get());
        m_bar = new FindBar(*m_editor, m_window.get());
        m_bar->hide();
        auto *column = new QVBoxLayout(m_window.get());
        column->addWidget(m_bar);
        column->addWidget(m_editor);
        m_editor->load(QStringLiteral("lux = 中\nLux = 2\nluxury\nlux"), LineEnd::Lf);
        m_window->show();
        m_window->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
        m_editor->setFocus();
    }
    void cleanup() { m_window.reset(); }

    void findsWhileTyping()
    {
        m_bar->open(false);
        QTest::keyClicks(pattern(), QStringLiteral("lu"));
        QCOMPARE(m_bar->status(), QStringLiteral("1 of 4"));
        QTest::keyClicks(pattern(), QStringLiteral("xu"));
        QCOMPARE(m_bar->status(), QStringLiteral("1 of 1"));
        QCOMPARE(m_editor->cursorLine(), 3);
        // Taking a letter back does not lose the place where it began.
        QTest::keyClick(pattern(), Qt::Key_Backspace);
        QCOMPARE(m_editor->cursorLine(), 1);
        QTest::keyClicks(pattern(), QStringLiteral("?"));
        QCOMPARE(m_bar->status(), QStringLiteral("No results"));
    }

    void goesRoundInBothDirections()
    {
        m_bar->open(false);
        m_bar->setQuery({QStringLiteral("lux"), true, false, false});
        QCOMPARE(m_bar->status(), QStringLiteral("1 of 3"));
        QTest::keyClick(pattern(), Qt::Key_Return);
        QCOMPARE(m_bar->status(), QStringLiteral("2 of 3"));
        QTest::keyClick(pattern(), Qt::Key_Return);
        QTest::keyClick(pattern(), Qt::Key_Return);
        QCOMPARE(m_bar->status(), QStringLiteral("1 of 3"));
        QTest::keyClick(pattern(), Qt::Key_Return, Qt::ShiftModifier);
        QCOMPARE(m_bar->status(), QStringLiteral("3 of 3"));
        QCOMPARE(m_editor->cursorLine(), 4);
    }

    void switchesHaveKeys()
    {
        m_bar->open(false);
        QTest::keyClicks(pattern(), QStringLiteral("lux"));
        QCOMPARE(m_bar->status(), QStringLiteral("1 of 4"));
        QTest::keyClick(pattern(), Qt::Key_C, Qt::AltModifier);
        QTRY_COMPARE(m_bar->status(), QStringLiteral("1 of 3"));
        QTest::keyClick(pattern(), Qt::Key_W, Qt::AltModifier);
        QTRY_COMPARE(m_bar->status(), QStringLiteral("1 of 2"));
    }

    void aBadPatternIsSaidInWords()
    {
        m_bar->open(false);
        m_bar->setQuery({QStringLiteral("lux("), false, false, true});
        QVERIFY2(m_bar->status().contains(QStringLiteral("parenthes")),
                 qPrintable(m_bar->status()));
        QVERIFY(m_bar->status().endsWith(QStringLiteral("character 5")));
        m_bar->setQuery({QStringLiteral("lux$"), false, false, true});
        QCOMPARE(m_bar->status(), QStringLiteral("1 of 1"));
    }

    void theSelectionIsThePattern()
    {
        m_editor->select({8, 3});
        m_bar->open(false);
        QCOMPARE(pattern()->text(), QStringLiteral("Lux"));
        QCOMPARE(m_bar->status(), QStringLiteral("2 of 4"));
        QCOMPARE(m_editor->cursorLine(), 2);
    }

    void replacesOneAfterAnother()
    {
        m_bar->open(true);
        m_bar->setQuery({QStringLiteral("lux"), true, false, false});
        replacement()->setText(QStringLiteral("luxlux"));
        m_bar->replaceOne();
        QCOMPARE(m_editor->text(0), QStringLiteral("luxlux = 中\n"));
        // What was put in is not found in its turn.
        QCOMPARE(m_editor->cursorLine(), 3);
        m_bar->replaceOne();
        QCOMPARE(m_editor->text(2), QStringLiteral("luxluxury\n"));
        QCOMPARE(m_editor->text(1), QStringLiteral("Lux = 2\n"));
    }

    void replacesAllAsOneStep()
    {
        const QString before = m_editor->text();
        m_bar->open(true);
        m_bar->setQuery({QStringLiteral("(l)ux\\b"), false, false, true});
        replacement()->setText(QStringLiteral("$1ight"));
        m_bar->replaceAll();
        QCOMPARE(m_editor->text(), QStringLiteral("light = 中\nLight = 2\nluxury\nlight"));
        QCOMPARE(m_bar->status(), QStringLiteral("3 replaced"));
        m_editor->undo();
        QCOMPARE(m_editor->text(), before);
    }

    void followsEdits()
    {
        m_bar->open(false);
        m_bar->setQuery({QStringLiteral("lux"), true, false, false});
        m_editor->insertAt(QStringLiteral("lux "), 0, 0);
        QTRY_VERIFY(m_bar->status().endsWith(QStringLiteral("4")) ||
                    m_bar->status().startsWith(QStringLiteral("4")));
    }

    void escapeClosesAndGoesBackToTheText()
    {
        m_bar->open(false);
        QSignalSpy closed(m_bar, &FindBar::closed);
        QVERIFY(pattern()->hasFocus());
        QTest::keyClick(pattern(), Qt::Key_Escape);
        QVERIFY(m_bar->isHidden());
        QVERIFY(m_editor->hasFocus());
        QCOMPARE(closed.count(), 1);
    }

    void everyControlHasAName()
    {
        for (const QWidget *widget : m_bar->findChildren<QWidget *>()) {
            if (widget->focusPolicy() == Qt::NoFocus)
                continue;
            const auto *button = qobject_cast<const QPushButton *>(widget);
            QVERIFY2(!widget->accessibleName().isEmpty() || (button && !button->text().isEmpty()),
                     qPrintable(widget->objectName()));
        }
    }

private:
    QLineEdit *pattern() const { return m_bar->findChildren<QLineEdit *>().at(0); }
    QLineEdit *replacement() const { return m_bar->findChildren<QLineEdit *>().at(1); }

    std::unique_ptr<QWidget> m_window;
    CodeEditor *m_editor = nullptr;
    FindBar *m_bar = nullptr;
};

QTEST_MAIN(FindBarTest)
#include "tst_findbar.moc"
