//! For how long a certificate holds: the one thing that is read of it here, so that whoever runs the server is told in time.
//! (Whether it is to be trusted is for clients to say.)

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use types::Millis;

use crate::tls::Certificate;

/// Tags of the few things passed on the way (X.690, 8.1).
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// The validity of an X.509 certificate in DER (RFC 5280, 4.1): in the inner sequence after version, serial number, signature
/// algorithm and issuer. `None` where it is no certificate.
pub(crate) fn validity(der: &[u8]) -> Option<Certificate> {
    let (certificate, _) = expect(der, SEQUENCE)?;
    let (mut rest, _) = expect(certificate, SEQUENCE)?;
    if rest.first() == Some(&VERSION) {
        rest = element(rest)?.2;
    }
    for _serial_algorithm_issuer in 0..3 {
        rest = element(rest)?.2;
    }
    let (times, _) = expect(rest, SEQUENCE)?;
    let (not_before, times) = time(times)?;
    let (not_after, _) = time(times)?;
    Some(Certificate { not_before, not_after })
}

/// The tag and content of the first element, and what follows it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, first, rest) = (*der.first()?, *der.get(1)?, der.get(2..)?);
    // Up to 127 the length stands there itself, else the number of its bytes.
    let (length, rest) = match usize::from(first) {
        length @ 0..=0x7f => (length, rest),
        long @ 0x81..=0x84 => {
            let (bytes, rest) = rest.split_at_checked(long - 0x80)?;
            (bytes.iter().fold(0usize, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

fn expect(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, content, rest) = element(der)?;
    (found == tag).then_some((content, rest))
}

fn time(der: &[u8]) -> Option<(Millis, &[u8])> {
    let (tag, content, rest) = element(der)?;
    let text = std::str::from_utf8(content).ok()?;
    let text = match tag {
        // Years of two digits are of 1950 to 2049.
        UTC_TIME if text.get(..2)? < "50" => format!("20{text}"),
        UTC_TIME => format!("19{text}"),
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    let moment = DateTime::strptime("%Y%m%d%H%M%SZ", &text).ok()?.to_zoned(TimeZone::UTC).ok()?;
    Some((Millis(moment.timestamp().as_millisecond()), rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio_rustls::rustls::pki_types::CertificateDer;
    use tokio_rustls::rustls::pki_types::pem::PemObject as _;

    #[test]
    fn certificates_tell_how_long_they_hold() {
        let over = CertificateDer::from_pem_slice(include_bytes!("tests/tls/over.cert.pem")).unwrap();
        let read = validity(&over).unwrap();
        // 2020-01-01 and 2021-01-01, both at midnight UTC.
        assert_eq!((read.not_before, read.not_after), (Millis(1_577_836_800_000), Millis(1_609_459_200_000)));
        let long = CertificateDer::from_pem_slice(include_bytes!("tests/tls/first.cert.pem")).unwrap();
        assert!(validity(&long).unwrap().not_after > Millis(4_000_000_000_000));
    }

    #[test]
    fn no_cut_or_changed_certificate_makes_it_panic() {
        let whole = CertificateDer::from_pem_slice(include_bytes!("tests/tls/first.cert.pem")).unwrap().to_vec();
        for at in 0..whole.len() {
            assert_eq!(validity(&whole[..at]), None, "cut at {at}");
            let mut changed = whole.clone();
            changed[at] ^= 0xff;
            let _ = validity(&changed);
        }
    }
}
