//! 16-bit floating-point numbers, which the HDF5 library does not decode.

use hdf5_pure::{Datatype, DatatypeByteOrder};

/// The bytes of one number in the file's order, as a bit pattern; `None` if not 16-bit floats.
pub(crate) fn pattern(datatype: &Datatype) -> Option<fn([u8; 2]) -> u16> {
    match datatype {
        Datatype::FloatingPoint {
            size: 2,
            byte_order,
            layout,
        } if (layout.exponent_size, layout.mantissa_size) == (5, 10) => match byte_order {
            DatatypeByteOrder::LittleEndian => Some(u16::from_le_bytes),
            DatatypeByteOrder::BigEndian => Some(u16::from_be_bytes),
            DatatypeByteOrder::Vax => None,
        },
        _ => None,
    }
}

/// The number that an IEEE 754 binary16 pattern stands for, exactly.
pub(crate) fn value(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let exponent = i32::from(bits >> 10 & 0x1F);
    let mantissa = f64::from(bits & 0x3FF);
    let magnitude = match exponent {
        0 => mantissa * 2f64.powi(-24),
        31 if mantissa == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + mantissa) * 2f64.powi(exponent - 25),
    };
    sign * magnitude
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn half_precision_patterns_have_their_values() {
        let known = [
            (0x0000, 0.0),
            (0x0001, 2f64.powi(-24)),
            (0x3C00, 1.0),
            (0xC000, -2.0),
            (0x7BFF, 65504.0),
            (0x7C00, f64::INFINITY),
        ];
        for (bits, expected) in known {
            assert_eq!(value(bits), expected, "{bits:#06x}");
        }
        assert!(value(0x7E00).is_nan());
    }
}
