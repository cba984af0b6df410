#include "app/ide/commandpalette.h"
#include "app/ide/invocationmodel.h"
#include "app/ide/project.h"
#include "app/ide/settings.h"
#include "app/ide/theme.h"
#include "app/templates/templates.h"

#include <QAbstractItemModelTester>
#include <QApplication>
#include <QFile>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>

using namespace app;

class IdeModelsTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }

    void everyTextIsReadableOnEverySurface_data()
    {
        QTest::addColumn<bool>("dark");
        QTest::newRow("light") << false;
        QTest::newRow("dark") << true;
    }

    void everyTextIsReadableOnEverySurface()
    {
        QFETCH(bool, dark);
        const Tokens &t = dark ? darkTokens() : lightTokens();
        for (const QColor &ground : {t.surface, t.panel, t.raised})
            for (const QColor &text : {t.text, t.quiet, t.accent, t.good, t.warn, t.bad, t.info})
                QVERIFY2(contrast(text, ground) >= 4.5,
                         qPrintable(text.name() + QStringLiteral(" on ") + ground.name()));
        QVERIFY(contrast(t.text, t.selection) >= 4.5);
        QVERIFY(contrast(t.onAccent, t.accent) >= 4.5);
    }

    void theStyleSheetKnowsEveryName()
    {
        Theme theme;
        for (const ThemeChoice choice : {ThemeChoice::Light, ThemeChoice::Dark}) {
            theme.apply(choice);
            const QString rules = qApp->styleSheet().section(QStringLiteral("*/"), 1);
            QVERIFY(!rules.isEmpty());
            QVERIFY2(!rules.contains(QLatin1Char('@')), qPrintable(rules));
        }
    }

    void invocationsShowNewestFirstAndStayBounded()
    {
        Theme theme;
        InvocationModel model;
        const QAbstractItemModelTester tester(&model);
        runtime::Invocation one, two;
        one.id = "1";
        one.result = R"({"lux": 213.4, "lamp": 1})";
        two.id = "2";
        two.outcome = runtime::Outcome::FunctionError;
        two.fault = {"ValueError", "no light", {}};
        model.add({one, two});
        QCOMPARE(model.index(0, InvocationModel::Result).data().toString(),
                 QStringLiteral("ValueError: no light"));
        QCOMPARE(model.index(1, InvocationModel::Result).data().toString(),
                 QStringLiteral("lamp 1   lux 213.4"));
        for (int i = 0; i < 60; ++i)
            model.add(std::vector<runtime::Invocation>(100, one));
        QCOMPARE(model.rowCount(), 5000);
        model.clear();
        QCOMPARE(model.rowCount(), 0);
    }

    void durationsHaveThreeDigits()
    {
        QCOMPARE(durationText(0.4321), QStringLiteral("0.43 ms"));
        QCOMPARE(durationText(12.34), QStringLiteral("12.3 ms"));
        QCOMPARE(durationText(153.2), QStringLiteral("153 ms"));
        QCOMPARE(durationText(2400), QStringLiteral("2.40 s"));
    }

    void thePaletteFindsByAFewLetters()
    {
        QVERIFY(matchScore(QStringLiteral("tb"), QStringLiteral("Toggle breakpoint")) >= 0);
        QVERIFY(matchScore(QStringLiteral("xq"), QStringLiteral("Toggle breakpoint")) < 0);
        QVERIFY(matchScore(QStringLiteral("run"), QStringLiteral("Run")) >
                matchScore(QStringLiteral("run"), QStringLiteral("Cover or uncover the sensor")));
    }

    void aWrongApplicationFileKeepsTheLastGoodOne()
    {
        QTemporaryDir folder;
        QVERIFY(writeTemplate(QStringLiteral("night-light"), folder.path()));
        Project project;
        project.open(folder.path());
        QCOMPARE(project.application().functions.size(), std::size_t(1));
        QCOMPARE(project.events().size(), std::size_t(3));
        QVERIFY(project.problems().empty());
        QFile file(folder.filePath(QStringLiteral("edgewright.yaml")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("functions: {night-light: {sourc: x}}");
        file.close();
        QTRY_VERIFY(!project.problems().empty());
        QCOMPARE(project.application().functions.size(), std::size_t(1));
        QCOMPARE(project.application().name, "porch-light");
    }

    void settingsSurviveAndMissingOnesAreAsNotChosen()
    {
        QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("settings.ini"));
        {
            Settings settings(file);
            settings.set(setting::target, QStringLiteral("device:a"));
            settings.set(setting::recentFolders, QStringList{QStringLiteral("/a b")});
        }
        Settings settings(file);
        QCOMPARE(settings.get(setting::target), QStringLiteral("device:a"));
        QCOMPARE(settings.get(setting::recentFolders), QStringList{QStringLiteral("/a b")});
        QCOMPARE(settings.get(setting::theme), 0);
    }

private:
    static double luminance(const QColor &color)
    {
        const auto part = [](double c) {
            return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
        };
        return 0.2126 * part(double(color.redF())) + 0.7152 * part(double(color.greenF())) +
               0.0722 * part(double(color.blueF()));
    }
    /// WCAG 2.1, contrast ratio.
    static double contrast(const QColor &a, const QColor &b)
    {
        const double x = luminance(a), y = luminance(b);
        return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
    }
};

QTEST_MAIN(IdeModelsTest)
#include "tst_idemodels.moc"
