//! What can come between a session and its token.

/// What an administrator, another program or fate does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    AccountDeleted,
    AccountDisabled,
    RoleUser,
    RoleAdmin,
    PasswordSetByOthers,
    AdminSecretMissing,
    AdminSecretWrong,
    AdminSecretRight,
    AdminMustChange,
    SecretDeleted,
    SecretEdited,
    KeyChanged,
    PodReady,
    Crash,
    Deleting,
}

impl Move {
    pub const ALL: [Self; 15] = [
        Self::AccountDeleted,
        Self::AccountDisabled,
        Self::RoleUser,
        Self::RoleAdmin,
        Self::PasswordSetByOthers,
        Self::AdminSecretMissing,
        Self::AdminSecretWrong,
        Self::AdminSecretRight,
        Self::AdminMustChange,
        Self::SecretDeleted,
        Self::SecretEdited,
        Self::KeyChanged,
        Self::PodReady,
        Self::Crash,
        Self::Deleting,
    ];
}

/// What befalls an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The request never arrived.
    Unreachable,
    /// The request was carried out, and the answer got lost.
    AnswerLost,
    Status500,
    Garbage,
}

impl Fault {
    pub const ALL: [Self; 4] = [Self::Unreachable, Self::AnswerLost, Self::Status500, Self::Garbage];
}
