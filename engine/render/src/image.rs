//! Pictures in memory and as PNG.

use crate::{
    RenderError,
    brdf::{Color, scaled},
    tone::{self, Exposure, ToneMap},
};

/// Linear light and what was hit, per pixel, row by row from the top left.
#[derive(Clone, Debug)]
pub struct LinearImage {
    /// Pixels per row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Radiance, linear Rec. 709 \[nit\].
    pub radiance: Vec<[f32; 3]>,
    /// Distance along the ray to the first surface \[m\], mean over the samples that hit; infinite where none did.
    pub depth: Vec<f32>,
    /// [`crate::Instance::id`] of what the first sample of the pixel hit, or `u32::MAX`.
    pub id: Vec<u32>,
}

impl LinearImage {
    /// The picture for a screen: exposed, tone-mapped, sRGB.
    #[must_use]
    pub fn develop(&self, exposure: Exposure, tone_map: ToneMap) -> Image {
        let lit = |(c, id): (&Color, &u32)| (*id != u32::MAX).then_some(*c);
        let factor = tone::factor(exposure, self.radiance.iter().zip(&self.id).filter_map(lit));
        let rgb8 = self
            .radiance
            .iter()
            .flat_map(|c| tone::map(tone_map, scaled(*c, factor)).map(tone::to_srgb8))
            .collect();
        Image {
            width: self.width,
            height: self.height,
            rgb8,
        }
    }
}

/// A picture of eight bits a channel, sRGB, row by row from the top left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Pixels per row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Red, green, blue per pixel.
    pub rgb8: Vec<u8>,
}

impl Image {
    /// An even picture.
    #[must_use]
    pub fn filled(width: u32, height: u32, color: [u8; 3]) -> Self {
        Self {
            width,
            height,
            rgb8: color.repeat(width as usize * height as usize),
        }
    }

    /// Red, green, blue at column `x` and row `y`, or none outside.
    #[must_use]
    pub fn pixel(&self, x: u32, y: u32) -> Option<[u8; 3]> {
        let start = self.start(x, y)?;
        self.rgb8.get(start..start + 3)?.try_into().ok()
    }

    /// Sets a pixel; outside nothing happens.
    pub fn set_pixel(&mut self, x: u32, y: u32, color: [u8; 3]) {
        if let Some(start) = self.start(x, y) {
            self.rgb8[start..start + 3].copy_from_slice(&color);
        }
    }

    /// Fills a rectangle, cut at the borders.
    pub fn fill_rect(&mut self, [x, y]: [u32; 2], [width, height]: [u32; 2], color: [u8; 3]) {
        for row in y..y.saturating_add(height).min(self.height) {
            for column in x..x.saturating_add(width).min(self.width) {
                self.set_pixel(column, row, color);
            }
        }
    }

    fn start(&self, x: u32, y: u32) -> Option<usize> {
        let inside = x < self.width && y < self.height;
        inside.then_some(3 * (y as usize * self.width as usize + x as usize))
    }

    /// The picture as the bytes of a PNG file; the same picture gives the same bytes.
    ///
    /// # Errors
    ///
    /// [`RenderError::Png`] when `rgb8` does not fit the size, or a side is zero.
    pub fn to_png(&self) -> Result<Vec<u8>, RenderError> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Balanced);
        encoder.set_source_srgb(png::SrgbRenderingIntent::Perceptual);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.rgb8)?;
        writer.finish()?;
        Ok(bytes)
    }
}
