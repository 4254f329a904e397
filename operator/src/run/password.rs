//! Passwords for accounts of our own.

use secrecy::SecretString;

/// 64 signs, so that six bits of a random byte choose one without favour.
const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// 24 characters, 144 bits, within the 8–72 bytes that DittoFS takes.
const LENGTH: usize = 24;

/// Where randomness comes from: fills the bytes.
pub type Entropy = fn(&mut [u8]) -> Result<(), getrandom::Error>;

/// Makes a password from the randomness of the OS.
///
/// # Errors
/// When the OS has none.
pub fn password(entropy: Entropy) -> Result<SecretString, getrandom::Error> {
    let mut random = [0; LENGTH];
    entropy(&mut random)?;
    Ok(random.iter().map(|byte| char::from(SIGNS[usize::from(byte & 63)])).collect::<String>().into())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_password_has_24_characters_and_is_another_one_each_time() {
        let one = password(getrandom::fill).unwrap();
        let other = password(getrandom::fill).unwrap();
        assert_eq!(one.expose_secret().len(), LENGTH);
        assert_ne!(one.expose_secret(), other.expose_secret());
        let all = password(|bytes| {
            bytes.fill(0xff);
            Ok(())
        })
        .unwrap();
        assert_eq!(all.expose_secret(), "_".repeat(LENGTH));
    }
}
