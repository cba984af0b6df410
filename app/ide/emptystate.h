#pragma once

#include <QWidget>

#include <functional>
#include <vector>

namespace app {

/// What an empty place is for, and the first step.
class EmptyState final : public QWidget
{
    Q_OBJECT

public:
    struct Step {
        QString text;
        std::function<void()> act;
    };
    EmptyState(const QString &title, const QString &text, const std::vector<Step> &steps,
               QWidget *parent = nullptr);
};

} // namespace app
