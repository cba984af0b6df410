#include "app/ide/savebox.h"

#include <QFileInfo>
#include <QMessageBox>

namespace app {

void SaveBox::ask(const QStringList &paths, std::function<void(Answer)> answer)
{
    auto *box = new QMessageBox(m_window);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setWindowTitle(QMessageBox::tr("Unsaved changes"));
    QStringList names;
    for (const QString &path : paths)
        names << QFileInfo(path).fileName();
    box->setText(QMessageBox::tr("Save the changes to %1?").arg(names.join(QStringLiteral(", "))));
    box->setInformativeText(QMessageBox::tr("What is not saved is lost when the file is closed."));
    box->setStandardButtons(QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel);
    box->setDefaultButton(QMessageBox::Save);
    QObject::connect(box, &QMessageBox::finished, box, [answer = std::move(answer)](int button) {
        answer(button == QMessageBox::Save      ? Answer::Save
               : button == QMessageBox::Discard ? Answer::Discard
                                                : Answer::Cancel);
    });
    box->open();
}

} // namespace app
