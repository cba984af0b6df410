#include "editor/ui/codeeditor.h"

#include <QAction>
#include <QGlyphRun>
#include <QSignalSpy>
#include <QTest>
#include <QTextLayout>

#include <cmath>

using namespace editor;

namespace {

const QString python = QStringLiteral("import os\n"
                                      "\n"
                                      "def handler(event, context):\n"
                                      "    lux = 1\n"
                                      "    return lux\n");

QList<int> linesOf(const QList<Breakpoint> &breakpoints)
{
    QList<int> lines;
    for (const Breakpoint &breakpoint : breakpoints)
        lines.append(breakpoint.line);
    return lines;
}

double luminance(const QColor &colour)
{
    const auto linear = [](double c) {
        return c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) +
           0.0722 * linear(colour.blueF());
}

/// https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio
double contrast(const QColor &a, const QColor &b)
{
    const double la = luminance(a);
    const double lb = luminance(b);
    return (std::max(la, lb) + 0.05) / (std::min(la, lb) + 0.05);
}

} // namespace

class CodeEditorTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_editor = std::make_unique<CodeEditor>();
        m_editor->resize(600, 400);
        m_editor->load(python, LineEnd::Lf);
        m_editor->setLanguage(Language::Python);
        m_editor->show();
        m_editor->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_editor.get()));
        m_editor->setFocus();
    }
    void cleanup() { m_editor.reset(); }

    void textIsReadable_data()
    {
        QTest::addColumn<bool>("dark");
        QTest::newRow("light") << false;
        QTest::newRow("dark") << true;
    }

    void textIsReadable()
    {
        QFETCH(bool, dark);
        const EditorTheme theme = dark ? EditorTheme::dark() : EditorTheme::light();
        for (const QColor &paper : {theme.surface, theme.currentLine, theme.executionLine}) {
            for (const QColor &ink :
                 {theme.text, theme.quiet, theme.keyword, theme.string, theme.number, theme.comment,
                  theme.function, theme.decorator, theme.key, theme.bad}) {
                const double ratio = contrast(ink, paper);
                QVERIFY2(
                    ratio >= 4.5,
                    qPrintable(
                        QStringLiteral("%1 on %2: %3").arg(ink.name(), paper.name()).arg(ratio)));
            }
        }
        QVERIFY(contrast(theme.lineNumber, theme.surface) >= 3.0);
        QVERIFY(contrast(theme.breakpoint, theme.surface) >= 3.0);
        QVERIFY(contrast(theme.executionMark, theme.surface) >= 3.0);
        QVERIFY(contrast(theme.text, theme.selection) >= 4.5);
        QVERIFY(contrast(theme.text, theme.match) >= 4.5);
    }

    void theThemeIsApplied()
    {
        EditorTheme theme = EditorTheme::dark();
        theme.surface = QColor(0x102030);
        theme.keyword = QColor(0xFEDCBA);
        m_editor->setTheme(theme);
        const QImage picture = m_editor->grab().toImage();
        QCOMPARE(picture.pixelColor(picture.width() / 2, picture.height() - 20), theme.surface);
        // "import" is the first word; some pixel within has the colour unmixed or nearly.
        int nearest = 1000;
        for (int x = 0; x < picture.width() / 2; ++x)
            for (int y = 0; y < 24; ++y) {
                const QColor c = picture.pixelColor(x, y);
                nearest = std::min(nearest, std::abs(c.red() - 0xFE) + std::abs(c.green() - 0xDC) +
                                                std::abs(c.blue() - 0xBA));
            }
        QVERIFY2(nearest < 60, qPrintable(QString::number(nearest)));
    }

    void charactersAreNotJoined()
    {
        const QFont font = EditorTheme::codeFont();
        const auto glyphs = [&](const QString &text) {
            QTextLayout layout(text, font);
            layout.beginLayout();
            layout.createLine();
            layout.endLayout();
            QList<quint32> indexes;
            for (const QGlyphRun &run : layout.glyphRuns())
                indexes += run.glyphIndexes();
            return indexes;
        };
        for (const QString &pair : {QStringLiteral("!="), QStringLiteral("->")})
            QCOMPARE(glyphs(pair), glyphs(pair.first(1)) + glyphs(pair.last(1)));
    }

    void enterIndentsAfterAColon()
    {
        m_editor->goTo(3, 30);
        QTest::keyClick(m_editor.get(), Qt::Key_Return);
        QTest::keyClick(m_editor.get(), Qt::Key_X);
        QCOMPARE(m_editor->text(3), QStringLiteral("    x\n"));
    }

    void commentsAreToggled()
    {
        m_editor->setSelection(2, 3, 4, 6);
        trigger("toggleComment");
        QCOMPARE(m_editor->text(), QStringLiteral("import os\n\n# def handler(event, context):\n"
                                                  "#     lux = 1\n#     return lux\n"));
        trigger("toggleComment");
        QCOMPARE(m_editor->text(), python);
        m_editor->undo();
        m_editor->undo();
        QCOMPARE(m_editor->text(), python);
        QVERIFY(!m_editor->isModified());
    }

    void linesAreDuplicatedMovedAndDeleted()
    {
        m_editor->goTo(1);
        trigger("duplicate");
        QCOMPARE(m_editor->text(1), QStringLiteral("import os\n"));
        trigger("deleteLines");
        QCOMPARE(m_editor->text(), python);
        m_editor->setBreakpoints({at(4), at(5)});
        m_editor->goTo(4);
        trigger("moveLinesDown");
        QCOMPARE(m_editor->text(4), QStringLiteral("    lux = 1\n"));
        QCOMPARE(linesOf(m_editor->breakpoints()), QList<int>({4, 5}));
        m_editor->setBreakpoints({at(5)});
        trigger("moveLinesUp");
        QCOMPARE(m_editor->text(), python);
        QCOMPARE(linesOf(m_editor->breakpoints()), QList<int>{4});
    }

    void severalPlacesAreEditedAtOnce()
    {
        m_editor->goTo(4, 6);
        QTest::keyClick(m_editor.get(), Qt::Key_D, Qt::ControlModifier);
        QTest::keyClick(m_editor.get(), Qt::Key_D, Qt::ControlModifier);
        QCOMPARE(m_editor->cursorCount(), 2);
        QTest::keyClick(m_editor.get(), Qt::Key_Y);
        QCOMPARE(m_editor->text(3), QStringLiteral("    y = 1\n"));
        QCOMPARE(m_editor->text(4), QStringLiteral("    return y\n"));
        QTest::keyClick(m_editor.get(), Qt::Key_Escape);
        QCOMPARE(m_editor->cursorCount(), 1);
    }

    void breakpointsStayWithTheirLines()
    {
        m_editor->setBreakpoints({at(4), at(5)});
        QSignalSpy changed(m_editor.get(), &CodeEditor::breakpointsChanged);
        m_editor->goTo(1);
        QTest::keyClick(m_editor.get(), Qt::Key_Return);
        QCOMPARE(linesOf(m_editor->breakpoints()), QList<int>({5, 6}));
        QCOMPARE(changed.count(), 1);
        m_editor->undo();
        QCOMPARE(linesOf(m_editor->breakpoints()), QList<int>({4, 5}));
        // Its line deleted whole takes a breakpoint along.
        m_editor->goTo(4);
        trigger("deleteLines");
        QCOMPARE(linesOf(m_editor->breakpoints()), QList<int>{4});
    }

    void aClickInTheGutterSetsABreakpoint()
    {
        QSignalSpy changed(m_editor.get(), &CodeEditor::breakpointsChanged);
        const int height = int(m_editor->SendScintilla(QsciScintilla::SCI_TEXTHEIGHT, 0UL));
        const QPoint line3(12, height * 2 + height / 2);
        QTest::mouseClick(m_editor->viewport(), Qt::LeftButton, {}, line3);
        QCOMPARE(linesOf(m_editor->breakpoints()), QList<int>{3});
        QTest::mouseClick(m_editor->viewport(), Qt::LeftButton, {}, line3);
        QVERIFY(m_editor->breakpoints().isEmpty());
        // Below the text there is no line.
        QTest::mouseClick(m_editor->viewport(), Qt::LeftButton, {}, {12, 380});
        QVERIFY(m_editor->breakpoints().isEmpty());
        QCOMPARE(changed.count(), 2);
    }

    void whatADebuggerSaysIsNoChangeOfTheUser()
    {
        Breakpoint conditional = at(4);
        conditional.condition = QStringLiteral("lux > 3");
        m_editor->setBreakpoints({conditional});
        QSignalSpy changed(m_editor.get(), &CodeEditor::breakpointsChanged);
        m_editor->setBreakpointState(4, Breakpoint::State::Unbound, QStringLiteral("no code"));
        QCOMPARE(changed.count(), 0);
        QCOMPARE(m_editor->breakpoints()[0].reason, QStringLiteral("no code"));
        QCOMPARE(m_editor->breakpoints()[0].condition, QStringLiteral("lux > 3"));
    }

    void replacingTheTextKeepsWhatIsOnItsLines()
    {
        m_editor->setBreakpoints({at(4), at(5)});
        m_editor->goTo(5, 8);
        m_editor->replaceAll(QStringLiteral("import os\nimport sys\n\n"
                                            "def handler(event, context):\n"
                                            "    dark = 2 # ü\n"
                                            "    lux = 1\n"
                                            "    return lux\n"
                                            "# end\n"));
        QCOMPARE(linesOf(m_editor->breakpoints()), QList<int>({6, 7}));
        QCOMPARE(m_editor->cursorLine(), 7);
        QCOMPARE(m_editor->cursorColumn(), 8);
        m_editor->undo();
        QCOMPARE(m_editor->text(), python);
    }

    void columnsCountAsOtherProgramsCount()
    {
        m_editor->load(QStringLiteral("a💡中ü = 1\nplain"), LineEnd::Lf);
        QSignalSpy moved(m_editor.get(), &CodeEditor::cursorMoved);
        m_editor->goTo(1, 5);
        QCOMPARE(m_editor->cursorColumn(), 5);
        QTRY_VERIFY(!moved.isEmpty());
        QCOMPARE(moved.last(), QVariantList({1, 5}));
        QCOMPARE(m_editor->selection(), (TextMatch{4, 0}));
        m_editor->select({10, 5});
        QCOMPARE(m_editor->selectedText(), QStringLiteral("plain"));
        QCOMPARE(m_editor->selection(), (TextMatch{10, 5}));
        m_editor->goTo(99, 99);
        QCOMPARE(m_editor->cursorLine(), 2);
    }

    void executionFollowsItsLine()
    {
        m_editor->setExecutionLine(4);
        QCOMPARE(m_editor->executionLine(), 4);
        QCOMPARE(m_editor->cursorLine(), 4);
        m_editor->insertAt(QStringLiteral("\n"), 0, 0);
        QCOMPARE(m_editor->executionLine(), 5);
        m_editor->setExecutionLine(0);
        QCOMPARE(m_editor->executionLine(), 0);
    }

    void bracketsAreMarkedAndComparisonsAreNot()
    {
        const EditorTheme theme = EditorTheme::light();
        m_editor->load(QStringLiteral("a > b (c"), LineEnd::Lf);
        const auto count = [&](const QColor &colour) {
            const QImage picture = m_editor->grab().toImage();
            int pixels = 0;
            for (int x = picture.width() / 8; x < picture.width() / 2; ++x)
                for (int y = 0; y < 24; ++y)
                    pixels += picture.pixelColor(x, y) == colour;
            return pixels;
        };
        QSignalSpy moved(m_editor.get(), &CodeEditor::cursorMoved);
        m_editor->goTo(1, 4);
        QTRY_VERIFY(!moved.isEmpty());
        QCOMPARE(count(theme.bad), 0);
        m_editor->goTo(1, 8);
        QTRY_VERIFY(count(theme.bad) > 0); // it is not closed
        m_editor->load(QStringLiteral("a > b (c)"), LineEnd::Lf);
        m_editor->goTo(1, 8);
        QTRY_VERIFY(count(theme.selection) > 0);
        QCOMPARE(count(theme.bad), 0);
    }

    void lineEndsOfTheFileAreTyped()
    {
        m_editor->load(QStringLiteral("a\r\nb"), LineEnd::CrLf);
        m_editor->goTo(2, 2);
        QTest::keyClick(m_editor.get(), Qt::Key_Return);
        QCOMPARE(m_editor->text(), QStringLiteral("a\r\nb\r\n"));
    }

    void indentationIsOfTheLanguageOrOfTheFile_data()
    {
        QTest::addColumn<Language>("language");
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("typed");
        const QString none = QStringLiteral("a\n");
        QTest::newRow("Python") << Language::Python << none << QStringLiteral("    ");
        QTest::newRow("YAML") << Language::Yaml << none << QStringLiteral("  ");
        QTest::newRow("JavaScript") << Language::JavaScript << none << QStringLiteral("  ");
        QTest::newRow("tabs") << Language::Plain << QStringLiteral("all:\n\tcc\n")
                              << QStringLiteral("\t");
    }

    void indentationIsOfTheLanguageOrOfTheFile()
    {
        QFETCH(Language, language);
        QFETCH(QString, text);
        m_editor->load(text, LineEnd::Lf);
        m_editor->setLanguage(language);
        m_editor->goTo(1);
        QTest::keyClick(m_editor.get(), Qt::Key_Tab);
        QString line = m_editor->text(0);
        line.truncate(line.indexOf(text.at(0)));
        QTEST(line, "typed");
    }

    void zoomIsTold()
    {
        QSignalSpy told(m_editor.get(), &CodeEditor::zoomChanged);
        trigger("zoomIn");
        QCOMPARE(m_editor->zoom(), 1);
        trigger("zoomReset");
        QCOMPARE(m_editor->zoom(), 0);
        QCOMPARE(told.count(), 2);
    }

private:
    static Breakpoint at(int line)
    {
        Breakpoint breakpoint;
        breakpoint.line = line;
        return breakpoint;
    }
    void trigger(const char *name)
    {
        auto *action =
            m_editor->findChild<QAction *>(QStringLiteral("editor.") + QLatin1String(name));
        QVERIFY2(action, name);
        action->trigger();
    }

    std::unique_ptr<CodeEditor> m_editor;
};

QTEST_MAIN(CodeEditorTest)
#include "tst_codeeditor.moc"
