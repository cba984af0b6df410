#pragma once

#include "editor/ui/savequestion.h"

class QWidget;

namespace app {

/// The box that asks whether unsaved text is saved.
class SaveBox final : public editor::SaveQuestion
{
public:
    explicit SaveBox(QWidget *window) : m_window(window) {}

    void ask(const QStringList &paths, std::function<void(Answer)> answer) override;

private:
    QWidget *m_window;
};

} // namespace app
