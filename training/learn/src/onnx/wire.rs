//! The part of protobuf's encoding that ONNX files use.

use super::OnnxError;

/// Builds one message.
#[derive(Clone, Debug, Default)]
pub(super) struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn key(&mut self, field: u32, kind: u64) {
        self.varint(u64::from(field) << 3 | kind);
    }

    /// A whole number; not negative here.
    pub(super) fn int(mut self, field: u32, value: u64) -> Self {
        self.key(field, 0);
        self.varint(value);
        self
    }

    /// A single-precision number.
    pub(super) fn float(mut self, field: u32, value: f32) -> Self {
        self.key(field, 5);
        self.0.extend(value.to_le_bytes());
        self
    }

    /// Bytes or text.
    pub(super) fn bytes(mut self, field: u32, value: impl AsRef<[u8]>) -> Self {
        self.key(field, 2);
        self.varint(value.as_ref().len() as u64);
        self.0.extend(value.as_ref());
        self
    }

    /// A message inside.
    pub(super) fn message(self, field: u32, value: Self) -> Self {
        self.bytes(field, value.0)
    }

    /// The encoded bytes.
    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// One field of a message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Int(u64),
    Bits64,
    Bytes(&'a [u8]),
    Float(f32),
}

impl<'a> Value<'a> {
    /// Bytes, text or a message inside.
    pub(super) fn bytes(self) -> Result<&'a [u8], OnnxError> {
        if let Self::Bytes(bytes) = self {
            Ok(bytes)
        } else {
            Err(OnnxError::Malformed)
        }
    }

    /// Text.
    pub(super) fn text(self) -> Result<&'a str, OnnxError> {
        core::str::from_utf8(self.bytes()?).or(Err(OnnxError::Malformed))
    }

    /// A whole number.
    pub(super) fn int(self) -> Result<u64, OnnxError> {
        if let Self::Int(value) = self {
            Ok(value)
        } else {
            Err(OnnxError::Malformed)
        }
    }

    /// Whole numbers, one by one or packed.
    pub(super) fn ints(self, out: &mut Vec<u64>) -> Result<(), OnnxError> {
        match self {
            Self::Int(value) => out.push(value),
            Self::Bytes(mut bytes) => {
                while !bytes.is_empty() {
                    out.push(read_varint(&mut bytes)?);
                }
            }
            Self::Bits64 | Self::Float(_) => return Err(OnnxError::Malformed),
        }
        Ok(())
    }
}

/// The fields of a message, in order: field number and value.
pub(super) fn fields(bytes: &[u8]) -> Fields<'_> {
    Fields { bytes }
}

/// See [`fields`].
#[derive(Clone, Debug)]
pub(super) struct Fields<'a> {
    bytes: &'a [u8],
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Value<'a>), OnnxError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.bytes.is_empty() {
            return None;
        }
        let field = read_field(&mut self.bytes);
        if field.is_err() {
            // Nothing after a broken field can be found.
            self.bytes = &[];
        }
        Some(field)
    }
}

fn read_field<'a>(bytes: &mut &'a [u8]) -> Result<(u64, Value<'a>), OnnxError> {
    let key = read_varint(bytes)?;
    let value = match key & 7 {
        0 => Value::Int(read_varint(bytes)?),
        1 => {
            take(bytes, 8)?;
            Value::Bits64
        }
        2 => {
            let length = read_varint(bytes)?;
            Value::Bytes(take(
                bytes,
                usize::try_from(length).or(Err(OnnxError::Malformed))?,
            )?)
        }
        5 => {
            let four = take(bytes, 4)?.try_into().or(Err(OnnxError::Malformed))?;
            Value::Float(f32::from_le_bytes(four))
        }
        _ => return Err(OnnxError::Malformed),
    };
    Ok((key >> 3, value))
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Result<&'a [u8], OnnxError> {
    let (head, tail) = bytes.split_at_checked(length).ok_or(OnnxError::Malformed)?;
    *bytes = tail;
    Ok(head)
}

fn read_varint(bytes: &mut &[u8]) -> Result<u64, OnnxError> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = take(bytes, 1)?[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(OnnxError::Malformed)
}
